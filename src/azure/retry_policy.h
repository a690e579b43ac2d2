#pragma once

#include <chrono>
#include <cstdint>
#include <set>

namespace voxlake::azure {

/// How long to go on with a service that is busy, broken or silent.
struct RetryPolicy {
  int32_t attempts = 8;  ///< the first included
  std::chrono::milliseconds first_backoff{400};
  std::chrono::milliseconds longest_backoff{20'000};
  std::chrono::milliseconds longest_retry_after{120'000};  ///< a service that asks for more is given up on
  std::set<long> more_statuses = {};                       ///< tried again beside 408, 429 and the 5xx
};

}  // namespace voxlake::azure
