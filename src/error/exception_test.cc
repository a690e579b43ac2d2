#include "error/exception.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace voxlake {
namespace {

TEST(FromException, TellsWhereMemoryRanOut) {
  const Error error = from_exception(std::bad_alloc(), ErrorKind::corrupt_data, "cannot read the page");
  EXPECT_EQ(error.kind, ErrorKind::limit_exceeded);
  EXPECT_EQ(error.message, "cannot read the page: there is not enough memory");
  EXPECT_NE(error.remedy.find("--threads"), std::string::npos);
}

TEST(FromException, KeepsTheWordsOfOthers) {
  const Error error = from_exception(std::runtime_error("a brace is missing"), ErrorKind::corrupt_data, "cannot read the page");
  EXPECT_EQ(error.kind, ErrorKind::corrupt_data);
  EXPECT_EQ(error.message, "cannot read the page: a brace is missing");
}

}  // namespace
}  // namespace voxlake
