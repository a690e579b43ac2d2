#include "error/result.h"

#include <gtest/gtest.h>

namespace voxlake {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return failure(ErrorKind::invalid_argument, "cannot halve " + std::to_string(value), "give an even number");
  return value / 2;
}

Result<int> quarter(int value) {
  VOXLAKE_ASSIGN(int once, half(value));
  VOXLAKE_ASSIGN(int twice, half(once));
  return twice;
}

Status check(int value) {
  VOXLAKE_TRY(half(value));
  return {};
}

TEST(Result, CarriesAValueThroughAssign) {
  EXPECT_EQ(*quarter(12), 3);
}

TEST(Result, ReturnsTheFirstErrorFromAssign) {
  auto result = quarter(6);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(result.error().message, "cannot halve 3");
}

TEST(Result, TryReturnsTheErrorOrGoesOn) {
  EXPECT_TRUE(check(2));
  EXPECT_FALSE(check(3));
}

TEST(Error, PrintsMessageDetailsAndRemedyOnOneLine) {
  Error error{ErrorKind::corrupt_data, "cannot decode the clip", "send it again", {}};
  error = std::move(error).with("archive", "a-20080101-abc").with("member", "wav/a1.wav");
  EXPECT_EQ(error.to_string(), "cannot decode the clip [archive a-20080101-abc, member wav/a1.wav]; send it again");
}

TEST(Error, GivesTheFirstDetailOfAName) {
  const Error error{ErrorKind::io, "", "", {{"reason", "stalled"}, {"reason", "later"}}};
  EXPECT_EQ(error.detail("reason"), "stalled");
  EXPECT_EQ(error.detail("member"), "");
  EXPECT_EQ(error.detail("member", "none"), "none");
}

}  // namespace
}  // namespace voxlake
