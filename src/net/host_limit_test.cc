#include "net/host_limit.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

using Time = HostLimit::Time;

TEST(HostLimit, admits_as_many_as_allowed) {
  HostLimit host(2, true);
  host.started();
  EXPECT_TRUE(host.admits(Time{}));
  host.started();
  EXPECT_FALSE(host.admits(Time{}));
  host.ended();
  EXPECT_TRUE(host.admits(Time{}));
}

TEST(HostLimit, halves_once_for_all_that_were_refused_together) {
  HostLimit host(8, true);
  for (int i = 0; i < 8; ++i) host.started();
  for (int i = 0; i < 8; ++i) {
    host.was_too_much();
    host.ended();
  }
  EXPECT_EQ(host.allowed(), 4);
  for (int i = 0; i < 10; ++i) {
    host.started();
    host.was_too_much();
    host.ended();
  }
  EXPECT_EQ(host.allowed(), 1);
}

TEST(HostLimit, grows_back_by_one_after_a_round_of_good_answers) {
  HostLimit host(4, true);
  host.started();
  host.was_too_much();
  host.ended();
  EXPECT_EQ(host.allowed(), 2);
  for (int i = 0; i < 2; ++i) host.answered_well();
  EXPECT_EQ(host.allowed(), 3);
  for (int i = 0; i < 100; ++i) host.answered_well();
  EXPECT_EQ(host.allowed(), 4);
}

TEST(HostLimit, stays_where_it_is_fixed) {
  HostLimit host(4, false);
  host.was_too_much();
  EXPECT_EQ(host.allowed(), 4);
}

TEST(HostLimit, holds_back_until_the_latest_time_asked_for) {
  HostLimit host(4, true);
  host.hold_until(Time{std::chrono::seconds(10)});
  host.hold_until(Time{std::chrono::seconds(5)});
  EXPECT_FALSE(host.admits(Time{std::chrono::seconds(9)}));
  EXPECT_TRUE(host.admits(Time{std::chrono::seconds(10)}));
}

TEST(HostLimit, counts_a_host_as_down_after_sixteen_without_an_answer_and_probes_it) {
  HostLimit host(4, true);
  const Time start{std::chrono::seconds(100)};
  for (int i = 0; i < 16; ++i) {
    EXPECT_FALSE(host.is_down(start));
    host.gave_up(start, std::chrono::seconds(30));
  }
  EXPECT_TRUE(host.is_down(start + std::chrono::seconds(29)));
  EXPECT_FALSE(host.is_down(start + std::chrono::seconds(30)));
  host.gave_up(start + std::chrono::seconds(31), std::chrono::seconds(30));
  EXPECT_TRUE(host.is_down(start + std::chrono::seconds(32)));
  host.answered_well();
  EXPECT_FALSE(host.is_down(start + std::chrono::seconds(32)));
}

}  // namespace
}  // namespace voxlake::net
