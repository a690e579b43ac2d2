#include <thread>

#include "net/download_test_support.h"

namespace voxlake::net {
namespace {

// gzip -n of "hello page"
const std::string gzipped_page(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\x28\x48\x4c\x4f\x05\x00\xcb\x80\x31\xf1\x0a\x00\x00\x00", 30);

class FetchPage : public DownloadTest {};

TEST_F(FetchPage, brings_body_type_and_the_address_after_redirects) {
  server_.script("/old", {status(301, {{"Location", "/new/"}})});
  server_.script("/new/", {answer({.body = "<html>", .headers = {{"Content-Type", "text/html; charset=utf-8"}}})});
  const auto page = fetch_page(server_.url("/old"), options_);
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_EQ(page->url, server_.url("/new/"));
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page->body, "<html>");
}

TEST_F(FetchPage, accepts_a_compressed_page) {
  server_.script("/", {answer({.body = gzipped_page, .headers = {{"Content-Encoding", "gzip"}}})});
  const auto page = fetch_page(server_.url("/"), options_);
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_EQ(page->body, "hello page");
  EXPECT_NE(server_.requests().at(0).header("accept-encoding").find("gzip"), std::string::npos);
}

TEST_F(FetchPage, tries_again_what_may_pass_and_starts_over_after_a_break) {
  server_.script(
      "/", {status(503), answer({.body = "a page that is cut", .sent_bytes = 6, .ending = Ending::close}), answer({.body = "whole page"})});
  const auto page = fetch_page(server_.url("/"), options_);
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_EQ(page->body, "whole page");
  EXPECT_EQ(server_.requests().back().header("range"), "");
}

TEST_F(FetchPage, says_what_is_missing_refused_or_down) {
  server_.script("/403", {status(403)});
  options_.attempts = 2;
  const auto missing = fetch_page(server_.url("/missing"), options_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find(server_.url("/missing")), std::string::npos);
  EXPECT_NE(missing.error().message.find("404"), std::string::npos);
  EXPECT_EQ(fetch_page(server_.url("/403"), options_).error().kind, ErrorKind::network);
  EXPECT_EQ(fetch_page("http://127.0.0.1:1/", options_).error().kind, ErrorKind::network);
  EXPECT_EQ(fetch_page("not a url", options_).error().kind, ErrorKind::invalid_argument);
}

TEST_F(FetchPage, keeps_no_more_than_allowed) {
  options_.max_page_bytes = 1000;
  server_.script("/", {answer({.body = std::string(1001, 'x')})});
  server_.script("/fits", {answer({.body = std::string(1000, 'x')})});
  EXPECT_EQ(fetch_page(server_.url("/"), options_).error().kind, ErrorKind::limit_exceeded);
  EXPECT_TRUE(fetch_page(server_.url("/fits"), options_));
}

TEST_F(FetchPage, stops_within_200_ms) {
  server_.script("/", {answer({.ending = Ending::stall, .silent = true})});
  std::chrono::steady_clock::duration took = std::chrono::hours(1);
  for (int i = 0; i < 5 && took >= std::chrono::milliseconds(200); ++i) {  // a machine that is busy with something else proves nothing
    stop_ = false;
    const size_t before = server_.requests().size();
    std::chrono::steady_clock::time_point stopped;
    std::thread stopper([&] {
      while (server_.requests().size() == before) std::this_thread::yield();
      stopped = std::chrono::steady_clock::now();
      stop_ = true;
    });
    const auto page = fetch_page(server_.url("/"), options_, &stop_);
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    took = std::min(took, ended - stopped);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().kind, ErrorKind::cancelled);
  }
  EXPECT_LT(took, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace voxlake::net
