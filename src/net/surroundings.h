#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace voxlake::net {

/// What downloads take from the machine beside the sockets: clock, chance, and which addresses are its own neighbourhood. The one seam
/// through which a test runs an hour of waiting in a moment. One object serves one `Downloader`, on the thread of its `run`.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  /// For intervals: never goes back.
  virtual std::chrono::steady_clock::time_point now();
  /// For dates that servers name.
  virtual std::chrono::system_clock::time_point date();
  /// Uniform in [0, 1).
  virtual double chance();
  /// Nothing is on its way and nothing is due before `length` has passed: how long to wait really.
  virtual std::chrono::milliseconds pause(std::chrono::milliseconds length);
  /// Whether an address, as text, is not of the public internet. See `is_private_address`.
  virtual bool is_private(const std::string& address);
};

}  // namespace voxlake::net
