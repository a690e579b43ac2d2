#include "net/retry.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, doubles_up_to_its_bound) {
  const auto wait = [](int32_t failures) { return backoff(failures, milliseconds(500), milliseconds(3000), 1.0); };
  EXPECT_EQ(wait(1), milliseconds(500));
  EXPECT_EQ(wait(2), milliseconds(1000));
  EXPECT_EQ(wait(3), milliseconds(2000));
  EXPECT_EQ(wait(4), milliseconds(3000));
  EXPECT_EQ(wait(1000), milliseconds(3000));
}

TEST(Backoff, takes_a_random_part_between_half_and_whole) {
  EXPECT_EQ(backoff(1, milliseconds(500), milliseconds(3000), 0.0), milliseconds(250));
  EXPECT_EQ(backoff(1, milliseconds(500), milliseconds(3000), 0.5), milliseconds(375));
}

TEST(RetryAfter, reads_seconds) {
  EXPECT_EQ(parse_retry_after("120", {}), seconds(120));
  EXPECT_EQ(parse_retry_after(" 0 ", {}), seconds(0));
}

TEST(RetryAfter, reads_dates_relative_to_now) {
  const std::chrono::system_clock::time_point now{seconds(784111777)};
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), seconds(60));
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:50:37 GMT", now), seconds(60));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), seconds(0)) << "a date gone by means now";
}

TEST(RetryAfter, refuses_what_is_neither) {
  for (const char* value : {"", "soon", "-5", "1.5.x"}) EXPECT_EQ(parse_retry_after(value, {}), std::nullopt) << value;
}

TEST(RetryAfter, bounds_absurd_numbers) {
  EXPECT_LE(*parse_retry_after("999999999999999999999999", {}), std::chrono::hours(24 * 366));
}

TEST(TransientStatus, is_408_425_429_and_5xx) {
  for (long status : {408, 425, 429, 500, 502, 503, 504}) EXPECT_TRUE(is_transient_status(status)) << status;
  for (long status : {200, 304, 400, 401, 403, 404, 410}) EXPECT_FALSE(is_transient_status(status)) << status;
}

TEST(HttpDate, is_read_and_written) {
  EXPECT_EQ(format_http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parse_http_date("yesterday-ish"), std::nullopt);
}

}  // namespace
}  // namespace voxlake::net
