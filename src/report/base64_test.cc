#include "report/base64.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace voxlake::report {
namespace {

std::string encoded(std::string_view text) {
  return base64(std::vector<uint8_t>(text.begin(), text.end()));
}

TEST(Base64, GivesTheTestVectorsOfRfc4648) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(Base64, UsesAllLetters) {
  EXPECT_EQ(base64(std::vector<uint8_t>{0xFB, 0xFF, 0xBF}), "+/+/");
}

}  // namespace
}  // namespace voxlake::report
