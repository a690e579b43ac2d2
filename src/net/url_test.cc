#include "net/url.h"

#include <gtest/gtest.h>

namespace voxlake::net {
namespace {

TEST(ParseUrl, encodes_spaces_and_letters_beyond_ascii_and_leaves_percents) {
  const auto parts = parse_url("http://Host/a b/ä%20c.tgz");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->url, "http://Host/a%20b/%c3%a4%20c.tgz");
  EXPECT_EQ(parts->host, "host");
  EXPECT_EQ(parts->origin, "http://host:80");
}

TEST(ParseUrl, decodes_the_path_of_files) {
  const auto parts = parse_url("file:///a%20b/c.tgz");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->path, "/a b/c.tgz");
}

TEST(ParseUrl, refuses_what_cannot_be_fetched_without_showing_a_password) {
  for (const char* url : {"", "host/x", "ftp://anna:s3cret@host/x", "http://", "http://anna:s3cret@host:port/x", "gopher://h/"}) {
    const auto parts = parse_url(url);
    ASSERT_FALSE(parts) << url;
    EXPECT_EQ(parts.error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(parts.error().to_string().find("s3cret"), std::string::npos) << parts.error().to_string();
  }
}

TEST(WithUserOf, takes_name_and_password_along_to_the_same_origin_only) {
  EXPECT_EQ(with_user_of("http://ann:s3cret%40@host:8000/page/", "http://host:8000/a%20b.tgz"), "http://ann:s3cret%40@host:8000/a%20b.tgz");
  for (const char* elsewhere :
       {"https://host:8000/a.tgz", "http://host/a.tgz", "http://other:8000/a.tgz", "http://bob@host:8000/a.tgz", "?"})
    EXPECT_EQ(with_user_of("http://ann:s3cret@host:8000/", elsewhere), elsewhere);
  EXPECT_EQ(with_user_of("http://host:8000/", "http://host:8000/a.tgz"), "http://host:8000/a.tgz");
  EXPECT_EQ(with_user_of("/a/folder", "file:///a/folder/a.tgz"), "file:///a/folder/a.tgz");
}

TEST(IsPrivateHost, judges_by_the_name) {
  for (const char* host : {"localhost", "intranet", "a.localhost", "10.0.0.1", "[::1]", "localhost."})
    EXPECT_TRUE(is_private_host(host)) << host;
  for (const char* host : {"example.org", "8.8.8.8", "example.org."}) EXPECT_FALSE(is_private_host(host)) << host;
}

}  // namespace
}  // namespace voxlake::net
