#pragma once

#include <chrono>
#include <cstdint>

namespace voxlake::net {

/// A bucket of bytes that fills with time: `take` may overdraw it once, and then nothing is allowed until the debt is paid. So the average
/// holds over any number of transfers. A rate of 0 allows everything.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimit(int64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  bool allows(Time now) const { return bytes_per_second_ == 0 || now >= paid_at_; }
  void take(int64_t bytes, Time now);
  /// When the next byte is allowed.
  Time paid_at() const { return paid_at_; }

 private:
  int64_t bytes_per_second_;
  Time paid_at_{};  ///< when all bytes taken so far are paid for
};

}  // namespace voxlake::net
