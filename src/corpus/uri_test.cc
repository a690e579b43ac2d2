#include "corpus/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace voxlake::corpus {
namespace {

std::string resolved(const std::string& base, const std::string& reference) {
  return resolve(parse_uri(base), parse_uri(reference)).to_string();
}

struct Example {
  const char* reference;
  const char* target;
};

class Rfc3986Examples : public testing::TestWithParam<Example> {};

TEST_P(Rfc3986Examples, ResolveAsSection54Says) {
  EXPECT_EQ(resolved("http://a/b/c/d;p?q", GetParam().reference), GetParam().target) << GetParam().reference;
}

INSTANTIATE_TEST_SUITE_P(Normal, Rfc3986Examples,
                         testing::Values(Example{"g:h", "g:h"}, Example{"g", "http://a/b/c/g"}, Example{"./g", "http://a/b/c/g"},
                                         Example{"g/", "http://a/b/c/g/"}, Example{"/g", "http://a/g"}, Example{"//g", "http://g"},
                                         Example{"?y", "http://a/b/c/d;p?y"}, Example{"g?y", "http://a/b/c/g?y"},
                                         Example{"#s", "http://a/b/c/d;p?q#s"}, Example{"g#s", "http://a/b/c/g#s"},
                                         Example{"g?y#s", "http://a/b/c/g?y#s"}, Example{";x", "http://a/b/c/;x"},
                                         Example{"g;x", "http://a/b/c/g;x"}, Example{"g;x?y#s", "http://a/b/c/g;x?y#s"},
                                         Example{"", "http://a/b/c/d;p?q"}, Example{".", "http://a/b/c/"}, Example{"./", "http://a/b/c/"},
                                         Example{"..", "http://a/b/"}, Example{"../", "http://a/b/"}, Example{"../g", "http://a/b/g"},
                                         Example{"../..", "http://a/"}, Example{"../../", "http://a/"}, Example{"../../g", "http://a/g"}));

INSTANTIATE_TEST_SUITE_P(Abnormal, Rfc3986Examples,
                         testing::Values(Example{"../../../g", "http://a/g"}, Example{"../../../../g", "http://a/g"},
                                         Example{"/./g", "http://a/g"}, Example{"/../g", "http://a/g"}, Example{"g.", "http://a/b/c/g."},
                                         Example{".g", "http://a/b/c/.g"}, Example{"g..", "http://a/b/c/g.."},
                                         Example{"..g", "http://a/b/c/..g"}, Example{"./../g", "http://a/b/g"},
                                         Example{"./g/.", "http://a/b/c/g/"}, Example{"g/./h", "http://a/b/c/g/h"},
                                         Example{"g/../h", "http://a/b/c/h"}, Example{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                         Example{"g;x=1/../y", "http://a/b/c/y"}, Example{"g?y/../x", "http://a/b/c/g?y/../x"},
                                         Example{"g#s/../x", "http://a/b/c/g#s/../x"}, Example{"http:g", "http:g"},
                                         Example{"%2e%2E/g", "http://a/b/g"}, Example{"%2e/g", "http://a/b/c/g"}));

TEST(Resolve, PutsASlashAfterAHostWithoutAPath) {
  EXPECT_EQ(resolved("http://a", "g"), "http://a/g");
  EXPECT_EQ(resolved("http://a?x", "g"), "http://a/g");
}

TEST(ParseUri, GivesBackWhatItRead) {
  for (const char* text : {"", "http://a/b?c#d", "//h", "file:///a", "a:b", "?", "#", "?#", "1a:b", "http://u:p@h:80/"}) {
    EXPECT_EQ(parse_uri(text).to_string(), text);
  }
  EXPECT_EQ(parse_uri("HTTP://A/").scheme, "http");
  EXPECT_FALSE(parse_uri("1a:b").scheme);
}

TEST(Percent, DecodesEscapesAndLeavesWhatIsNone) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc%c3%a9"), "a b/cé");
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_encoded("a b%20c\"é"), "a%20b%20c%22%C3%A9");
  EXPECT_EQ(percent_encoded_path("/a b/100%/c#d?e"), "/a%20b/100%25/c%23d%3Fe");
}

TEST(WithoutSecrets, DropsUserPasswordAndQuery) {
  EXPECT_EQ(without_secrets("https://me:secret@Host:8080/a?sig=abc#x"), "https://host:8080/a");
}

}  // namespace
}  // namespace voxlake::corpus
