#include "net/sha256.h"

#include <gtest/gtest.h>

#include <string_view>

namespace voxlake::net {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Values of FIPS 180-2, appendix B.
TEST(Sha256, equals_the_standard_examples) {
  Sha256 hash;
  EXPECT_EQ(hash.finish(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  hash.restart();
  hash.update(bytes_of("ab"));
  hash.update(bytes_of("c"));
  EXPECT_EQ(hash.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, forgets_on_restart) {
  Sha256 hash;
  hash.update(bytes_of("other"));
  hash.restart();
  hash.update(bytes_of("abc"));
  EXPECT_EQ(hash.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace voxlake::net
