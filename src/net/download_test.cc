// Downloads that go as they should: what is asked, what is stored, how connections are used.
#include "net/download.h"

#include <thread>

#include "net/download_test_support.h"

namespace voxlake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// sha256sum of "hello"
constexpr const char* hello_sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

TEST_F(DownloadTest, fetches_hashes_and_finishes_an_archive) {
  server_.script(
      "/a.tgz",
      {answer(
          {.body = "hello",
           .headers = {{"ETag", "\"v1\""}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Content-Type", "application/x-gzip"}}})});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.bytes, 5);
  EXPECT_EQ(download.sha256, hello_sha256);
  EXPECT_EQ(download.etag, "\"v1\"");
  EXPECT_EQ(download.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(download.content_type, "application/x-gzip");
  EXPECT_EQ(download.url, server_.url("/a.tgz"));
  EXPECT_EQ(download.attempts, 1);
  EXPECT_FALSE(download.error);
  EXPECT_NE(download.sink, nullptr);
  EXPECT_EQ(content(), "hello");
  EXPECT_TRUE(sinks_[0].finished);
}

TEST_F(DownloadTest, says_who_it_is_and_accepts_no_encoding) {
  server_.script("/a.tgz", {file("hello")});
  get(server_.url("/a.tgz"));
  const ServedRequest request = server_.requests().at(0);
  EXPECT_EQ(request.header("user-agent"), "voxlake/0.1");
  EXPECT_EQ(request.header("accept-encoding"), "");
  EXPECT_EQ(request.header("range"), "");
  EXPECT_EQ(request.header("if-none-match"), "");
}

TEST_F(DownloadTest, stores_an_archive_that_apache_calls_gzip_encoded_as_sent) {
  server_.script(
      "/a.tgz",
      {answer({.body = "\x1f\x8b not really", .headers = {{"Content-Type", "application/x-gzip"}, {"Content-Encoding", "x-gzip"}}})});
  server_.script("/b.tgz", {answer({.body = "\x1f\x8b not really", .headers = {{"Content-Encoding", "gzip"}}})});
  for (const char* path : {"/a.tgz", "/b.tgz"}) {
    sinks_.clear();
    EXPECT_EQ(get(server_.url(path)).state, DownloadState::fetched);
    EXPECT_EQ(content(), "\x1f\x8b not really");
  }
}

TEST_F(DownloadTest, takes_a_body_without_length) {
  server_.script("/chunked", {answer({.body = "hello", .framing = Framing::chunked})});
  server_.script("/close", {answer({.body = "hello", .framing = Framing::close})});
  for (const char* path : {"/chunked", "/close"}) {
    const Download download = get(server_.url(path));
    EXPECT_EQ(download.state, DownloadState::fetched) << path;
    EXPECT_EQ(download.sha256, hello_sha256) << path;
  }
}

TEST_F(DownloadTest, takes_an_empty_archive) {
  server_.script("/a.tgz", {file("")});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.bytes, 0);
  EXPECT_EQ(download.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TRUE(sinks_[0].finished);
}

TEST_F(DownloadTest, leaves_an_unchanged_archive_alone) {
  server_.script("/a.tgz", {file("hello", "\"v1\"")});
  const Download download = get({0, server_.url("/a.tgz"), "\"v1\"", "Sun, 06 Nov 1994 08:49:37 GMT"});
  EXPECT_EQ(download.state, DownloadState::not_modified);
  EXPECT_EQ(download.etag, "\"v1\"");
  EXPECT_EQ(download.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(download.sink, nullptr);
  EXPECT_EQ(server_.requests().at(0).header("if-none-match"), "\"v1\"");
  EXPECT_EQ(server_.requests().at(0).header("if-modified-since"), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_F(DownloadTest, fetches_a_changed_archive) {
  server_.script("/a.tgz", {file("hello", "\"v2\"")});
  const Download download = get({0, server_.url("/a.tgz"), "\"v1\"", {}});
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.etag, "\"v2\"");
}

TEST_F(DownloadTest, asks_only_for_the_head_where_that_is_wanted) {
  server_.script("/a.tgz", {file("hello")});
  server_.script("/gone.tgz", {status(404)});
  DownloadRequest request{0, server_.url("/a.tgz"), {}, {}};
  request.only_head = true;
  const Download there = get(request);
  EXPECT_EQ(server_.requests().at(0).method, "HEAD");
  EXPECT_EQ(there.state, DownloadState::fetched);
  EXPECT_TRUE(there.only_head);
  EXPECT_EQ(there.bytes, 5);
  EXPECT_EQ(there.etag, "\"v1\"");
  EXPECT_EQ(there.sink, nullptr);
  EXPECT_EQ(there.sha256, "");
  EXPECT_TRUE(sinks_.empty());
  request.etag = "\"v1\"";
  EXPECT_EQ(get(request).state, DownloadState::not_modified);
  request.url = server_.url("/gone.tgz");
  EXPECT_EQ(get(request).state, DownloadState::gone);
}

TEST_F(DownloadTest, uses_connections_again_and_no_more_than_allowed) {
  options_.connections_per_host = 3;
  std::vector<DownloadRequest> requests;
  for (size_t i = 0; i < 60; ++i) {
    const std::string path = std::string("/archive-").append(std::to_string(i));
    server_.script(path, {file("body " + std::to_string(i))});
    requests.push_back({i, server_.url(path), {}, {}});
  }
  const std::vector<Download> downloads = run(requests);
  ASSERT_EQ(downloads.size(), 60u);
  for (const Download& download : downloads) {
    EXPECT_EQ(download.state, DownloadState::fetched);
    EXPECT_EQ(content(download.id), "body " + std::to_string(download.id));
  }
  EXPECT_LE(server_.connection_count(), 3);
}

TEST_F(DownloadTest, follows_redirects_and_says_where_they_led) {
  server_.script("/a", {status(302, {{"Location", "/b"}})});
  server_.script("/b", {status(301, {{"Location", server_.url("/c.tgz")}})});
  server_.script("/c.tgz", {file("hello")});
  const Download download = get(server_.url("/a"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.url, server_.url("/c.tgz"));
  EXPECT_EQ(content(), "hello");
}

TEST_F(DownloadTest, asks_again_after_wait_when_it_is_woken) {
  server_.script("/a.tgz", {file("hello")});
  Downloader downloader(options_);
  std::atomic<int> asked = 0;
  std::atomic<bool> ready = false;
  bool given = false;
  int fetched = 0;
  const auto next = [&]() -> NextRequest {
    ++asked;
    if (!ready) return Wait{};
    if (given) return End{};
    given = true;
    return DownloadRequest{0, server_.url("/a.tgz"), {}, {}};
  };
  const auto open = [&](const DownloadRequest&) -> Result<std::unique_ptr<DownloadSink>> {
    return std::make_unique<RecordingSink>(sinks_[0]);
  };
  std::thread waker([&] {
    while (asked == 0) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(30));
    EXPECT_EQ(asked, 1) << "asked again though nobody woke it";
    ready = true;
    downloader.wake();
  });
  const auto outcome = downloader.run(
      next, open, [&](const Download& download) { fetched += download.state == DownloadState::fetched; }, stop_);
  waker.join();
  EXPECT_TRUE(outcome);
  EXPECT_EQ(fetched, 1);
}

TEST_F(DownloadTest, loses_no_wake_among_many) {
  server_.script("/a.tgz", {file("hello")});
  Downloader downloader(options_);
  constexpr int count = 200;
  std::atomic<int> available = 0;
  int given = 0;
  int fetched = 0;
  const auto next = [&]() -> NextRequest {
    if (given == count) return End{};
    if (given == available) return Wait{};
    return DownloadRequest{static_cast<size_t>(given++), server_.url("/a.tgz"), {}, {}};
  };
  const auto open = [&](const DownloadRequest& request) -> Result<std::unique_ptr<DownloadSink>> {
    return std::make_unique<RecordingSink>(sinks_[request.id]);
  };
  std::thread producer([&] {
    for (int i = 0; i < count; ++i) {
      ++available;
      downloader.wake();
      if (i % 16 == 0) std::this_thread::sleep_for(milliseconds(1));
    }
  });
  const auto outcome = downloader.run(
      next, open, [&](const Download& download) { fetched += download.state == DownloadState::fetched; }, stop_);
  producer.join();
  EXPECT_TRUE(outcome);
  EXPECT_EQ(fetched, count);
}

TEST_F(DownloadTest, stops_within_200_ms_and_drops_what_is_not_finished) {
  server_.script("/a.tgz", {answer({.body = "hello", .announced_bytes = 100, .ending = Ending::stall})});
  steady_clock::duration took = std::chrono::hours(1);
  for (int i = 0; i < 5 && took >= milliseconds(200); ++i) {  // a machine that is busy with something else proves nothing
    stop_ = false;
    const size_t before = server_.requests().size();
    steady_clock::time_point stopped;
    std::thread stopper([&] {
      while (server_.requests().size() == before) std::this_thread::yield();
      std::this_thread::sleep_for(milliseconds(30));
      stopped = steady_clock::now();
      stop_ = true;
    });
    const std::vector<Download> downloads = run({{0, server_.url("/a.tgz"), {}, {}}});
    const auto ended = steady_clock::now();
    stopper.join();
    took = std::min(took, ended - stopped);
    ASSERT_FALSE(status_);
    EXPECT_EQ(status_.error().kind, ErrorKind::cancelled);
    EXPECT_TRUE(downloads.empty());
    EXPECT_FALSE(sinks_[0].finished);
  }
  EXPECT_LT(took, milliseconds(200));
}

TEST_F(DownloadTest, runs_again_after_a_stop) {
  server_.script("/a.tgz", {file("hello")});
  stop_ = true;
  run({{0, server_.url("/a.tgz"), {}, {}}});
  EXPECT_EQ(status_.error().kind, ErrorKind::cancelled);
  stop_ = false;
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
}

TEST_F(DownloadTest, keeps_to_the_rate) {
  options_.bytes_per_second = 2'000'000;
  server_.script("/a.tgz", {file(std::string(1'000'000, 'x'))});
  const auto started = steady_clock::now();
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
  EXPECT_GT(steady_clock::now() - started, milliseconds(250));
}

TEST_F(DownloadTest, refuses_options_that_make_no_sense) {
  options_.connections_per_host = 0;
  run({{0, server_.url("/a.tgz"), {}, {}}});
  EXPECT_EQ(status_.error().kind, ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace voxlake::net
