#include "loader/shared_library.h"

#include <gtest/gtest.h>

namespace voxlake::loader {
namespace {

TEST(SharedLibrary, FindsItsFunctions) {
  SharedLibrary library("libm.so.6");
  double (*magnitude)(double) = nullptr;
  library.find("fabs", magnitude);
  EXPECT_EQ(library.problem(), "");
  ASSERT_NE(magnitude, nullptr);
  EXPECT_EQ(magnitude(-3), 3);
}

TEST(SharedLibrary, TellsTheFirstFunctionItLacks) {
  SharedLibrary library("libm.so.6");
  void (*none)() = [] {};
  library.find("none_such", none);
  library.find("none_either", none);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(library.problem(), "libm.so.6 has no none_such");
}

TEST(SharedLibrary, OneThatIsNotThereSaysSoAndHasNothing) {
  SharedLibrary library("libnone-such.so.9");
  void (*none)() = [] {};
  library.find("fabs", none);
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(library.problem().find("libnone-such.so.9"), std::string::npos) << library.problem();
}

}  // namespace
}  // namespace voxlake::loader
