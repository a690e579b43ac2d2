#include "net/rate_limit.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimit, holds_back_until_the_bytes_are_paid_for) {
  RateLimit limit(1000);
  const RateLimit::Time start{seconds(100)};
  EXPECT_TRUE(limit.allows(start));
  limit.take(500, start);
  EXPECT_FALSE(limit.allows(start + milliseconds(499)));
  EXPECT_TRUE(limit.allows(start + milliseconds(500)));
}

TEST(RateLimit, saves_nothing_up) {
  RateLimit limit(1000);
  const RateLimit::Time start{seconds(100)};
  limit.take(500, start);
  limit.take(500, start + seconds(60));
  EXPECT_EQ(limit.paid_at(), start + seconds(60) + milliseconds(500));
}

TEST(RateLimit, of_zero_allows_everything) {
  RateLimit limit(0);
  limit.take(1'000'000, RateLimit::Time{});
  EXPECT_TRUE(limit.allows(RateLimit::Time{}));
}

}  // namespace
}  // namespace voxlake::net
