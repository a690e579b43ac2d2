#include "net/curl.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

TEST(Curl, is_found_and_makes_handles) {
  const Status loaded = load_curl();
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  EXPECT_TRUE(CurlEasy(curl().easy_init()));
}

TEST(Curl, says_what_is_missing_and_what_to_install) {
  for (const auto& [file, why] : {std::pair("libvoxlake-has-none.so", "libvoxlake-has-none.so"), {"libc.so.6", "has no curl_"}}) {
    const auto library = CurlLibrary::open(file);
    ASSERT_FALSE(library) << file;
    EXPECT_EQ(library.error().kind, ErrorKind::io);
    EXPECT_NE(library.error().message.find(why), std::string::npos) << library.error().message;
    EXPECT_NE(library.error().remedy.find("libcurl4"), std::string::npos);
  }
}

}  // namespace
}  // namespace voxlake::net
