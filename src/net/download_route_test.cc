// Where a download is led: redirects, mirrors, proxies, and which of them are not followed.
#include "net/download_test_support.h"

namespace voxlake::net {
namespace {

TEST_F(DownloadTest, redirect_loop_fails) {
  server_.script("/a.tgz", {status(302, {{"Location", "/b.tgz"}})});
  server_.script("/b.tgz", {status(302, {{"Location", "/a.tgz"}})});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(reason(download), "too_many_redirects");
  EXPECT_EQ(download.attempts, 1);
  EXPECT_EQ(server_.requests().size(), 6u);
}

TEST_F(DownloadTest, redirect_to_a_file_or_another_protocol_is_refused) {
  for (const char* location : {"file:///etc/passwd", "ftp://127.0.0.1/x.tgz", "gopher://127.0.0.1/x"}) {
    server_.script("/a.tgz", {status(302, {{"Location", location}})});
    const Download download = get(server_.url("/a.tgz"));
    EXPECT_EQ(download.state, DownloadState::failed);
    EXPECT_EQ(reason(download), "redirect_refused") << location;
    EXPECT_EQ(download.attempts, 1);
  }
  EXPECT_TRUE(sinks_.empty());
}

TEST_F(DownloadTest, redirect_from_the_public_internet_to_a_private_address_is_refused) {
  ScriptedServer public_server("127.0.0.2");
  server_.script("/secret.tgz", {file("secret")});
  public_server.script("/a.tgz", {status(302, {{"Location", server_.url("/secret.tgz?token=abc")}})});
  const Download download = get(public_server.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::failed);
  EXPECT_EQ(reason(download), "redirect_to_private");
  EXPECT_EQ(download.attempts, 1);
  EXPECT_EQ(download.error->message.find("abc"), std::string::npos) << download.error->message;
  EXPECT_EQ(server_.connection_count(), 0) << "not even a connection is made";
}

TEST_F(DownloadTest, redirect_to_a_private_address_is_refused_also_over_an_open_connection) {
  options_.connections_per_host = 1;
  ScriptedServer public_server("127.0.0.2");
  server_.script("/first.tgz", {file("first")});
  server_.script("/secret.tgz", {file("secret")});
  public_server.script("/a.tgz", {status(302, {{"Location", server_.url("/secret.tgz")}})});
  const auto downloads = run({{0, server_.url("/first.tgz"), {}, {}}, {1, public_server.url("/a.tgz"), {}, {}}});
  ASSERT_EQ(downloads.size(), 2u);
  EXPECT_EQ(downloads[0].state, DownloadState::fetched);
  EXPECT_EQ(reason(downloads[1]), "redirect_to_private");
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(DownloadTest, redirect_to_a_private_address_is_followed_where_that_is_allowed) {
  ScriptedServer public_server("127.0.0.2");
  server_.script("/b.tgz", {file("hello")});
  public_server.script("/a.tgz", {status(302, {{"Location", server_.url("/b.tgz")}})});
  public_server.script("/self.tgz", {status(302, {{"Location", "/c.tgz"}})});
  public_server.script("/c.tgz", {file("hello")});
  EXPECT_EQ(get(public_server.url("/self.tgz")).state, DownloadState::fetched) << "public to public";
  options_.private_redirects = true;
  EXPECT_EQ(get(public_server.url("/a.tgz")).state, DownloadState::fetched);
}

TEST_F(DownloadTest, mirror_is_used_when_the_first_address_fails) {
  options_.attempts = 2;
  server_.script("/broken.tgz", {status(500)});
  server_.script("/mirror.tgz", {file("hello")});
  DownloadRequest request{0, server_.url("/broken.tgz"), "\"v1\"", {}};
  request.mirrors = {server_.url("/also-missing.tgz"), server_.url("/mirror.tgz")};
  const Download download = get(request);
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.url, server_.url("/mirror.tgz"));
  EXPECT_EQ(download.attempts, 4);
  EXPECT_EQ(server_.requests().back().header("if-none-match"), "") << "another server's ETag";
}

TEST_F(DownloadTest, mirror_starts_over_what_the_first_address_began) {
  options_.attempts = 1;
  server_.script("/broken.tgz", {answer({.body = "abcdef", .headers = {{"ETag", "\"v1\""}}, .sent_bytes = 3, .ending = Ending::close})});
  server_.script("/mirror.tgz", {file("hello")});
  DownloadRequest request{0, server_.url("/broken.tgz"), {}, {}};
  request.mirrors = {server_.url("/mirror.tgz")};
  EXPECT_EQ(get(request).state, DownloadState::fetched);
  EXPECT_EQ(content(), "hello");
  EXPECT_EQ(server_.requests().back().header("range"), "");
}

TEST_F(DownloadTest, first_address_has_the_last_word_when_mirrors_fail_too_and_where_it_is_gone) {
  options_.attempts = 1;
  server_.script("/broken.tgz", {status(500)});
  server_.script("/mirror.tgz", {file("hello")});
  DownloadRequest request{0, server_.url("/broken.tgz"), {}, {}};
  request.mirrors = {server_.url("/missing.tgz")};
  const Download failed = get(request);
  EXPECT_EQ(failed.state, DownloadState::failed);
  EXPECT_EQ(reason(failed), "http_500");
  request = {0, server_.url("/missing.tgz"), {}, {}, {server_.url("/mirror.tgz")}};
  EXPECT_EQ(get(request).state, DownloadState::gone);
}

TEST_F(DownloadTest, proxy_is_used_and_its_refusals_are_its_own) {
  ScriptedServer proxy;
  proxy.script("http://archives.test/a.tgz", {file("by proxy")});
  proxy.script("archives.test:443", {status(403)});
  options_.attempts = 1;
  options_.proxy = std::string("http://anna:s3cret@").append(proxy.authority());
  EXPECT_EQ(get("http://archives.test/a.tgz").state, DownloadState::fetched);
  EXPECT_EQ(content(), "by proxy");
  const Download refused = get("https://archives.test/a.tgz");
  EXPECT_EQ(reason(refused), "proxy_403");
  EXPECT_EQ(refused.state, DownloadState::failed);
  EXPECT_EQ(refused.error->to_string().find("s3cret"), std::string::npos);
}

TEST_F(DownloadTest, redirect_to_a_private_address_is_refused_through_a_proxy_too) {
  ScriptedServer proxy;
  proxy.script("http://archives.test/a.tgz", {status(302, {{"Location", "http://169.254.169.254/metadata"}})});
  proxy.script("http://169.254.169.254/metadata", {file("secret")});
  options_.proxy = std::string("http://").append(proxy.authority());
  EXPECT_EQ(reason(get("http://archives.test/a.tgz")), "redirect_to_private");
}

TEST_F(DownloadTest, passwords_and_tokens_appear_in_no_message) {
  options_.attempts = 1;
  server_.script("/403.tgz?sig=s3cret", {status(403)});
  const std::string with_user = std::string("http://anna:s3cret@").append(server_.authority());
  for (const std::string& url : {with_user + "/missing.tgz", server_.url("/403.tgz?sig=s3cret"), std::string("ftp://anna:s3cret@host/"),
                                 std::string("http://anna:s3cret@host:x/"), std::string("http://anna:s3cret@no-such-host.invalid/")}) {
    const Download download = get(url);
    ASSERT_TRUE(download.error) << url;
    EXPECT_EQ(download.error->to_string().find("s3cret"), std::string::npos) << download.error->to_string();
  }
}

}  // namespace
}  // namespace voxlake::net
