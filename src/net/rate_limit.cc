#include "net/rate_limit.h"

#include <algorithm>

namespace voxlake::net {

void RateLimit::take(int64_t bytes, Time now) {
  if (bytes_per_second_ == 0) return;
  // Time that nobody used is not saved up.
  const std::chrono::duration<double> cost(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
  paid_at_ = std::max(paid_at_, now) + std::chrono::duration_cast<Time::duration>(cost);
}

}  // namespace voxlake::net
