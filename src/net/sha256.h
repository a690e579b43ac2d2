#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace voxlake::net {

/// SHA-256 over bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  /// Forgets all bytes.
  void restart();
  /// Lower-case hexadecimal of all bytes so far; then only `restart` is allowed. Empty where the library failed.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace voxlake::net
