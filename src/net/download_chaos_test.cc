// Every place where a transfer can break, and breaks at random: what is called fetched is whole.
#include <random>

#include "net/download_test_support.h"

namespace voxlake::net {
namespace {

std::string random_bytes(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(generator() & 0xFF);
  return bytes;
}

TEST_F(DownloadTest, broken_after_any_byte_ends_whole) {
  const std::string body = random_bytes(150, 1);
  std::vector<DownloadRequest> requests;
  for (size_t cut = 0; cut < body.size(); ++cut) {
    const std::string path = std::string("/").append(std::to_string(cut));
    const Answer broken{.body = body, .headers = {{"ETag", "\"v1\""}}, .sent_bytes = cut, .ending = Ending::close};
    server_.script(path, {answer(broken), file(body)});
    requests.push_back({cut, server_.url(path), {}, {}});
  }
  const auto downloads = run(requests);
  ASSERT_EQ(downloads.size(), body.size());
  const std::string whole_sha256 = downloads.front().sha256;
  for (const Download& download : downloads) {
    EXPECT_EQ(download.state, DownloadState::fetched) << download.id;
    EXPECT_TRUE(content(download.id) == body) << download.id;
    EXPECT_EQ(download.sha256, whole_sha256) << download.id;
    EXPECT_EQ(sinks_[download.id].restarts, 0) << download.id;
  }
}

/// One of the ways in which a server that means well fails.
Answer misbehave(const ServedRequest& request, const std::string& body, uint32_t dice) {
  Answer honest = serve_file(request, body, "\"v1\"");
  const size_t half = honest.body.size() / 2;
  switch (dice % 12) {
    case 0: return {.status = 500};
    case 1: return {.status = 429, .headers = {{"Retry-After", "3"}}};
    case 2:
      honest.sent_bytes = half;
      honest.ending = Ending::close;
      return honest;
    case 3:
      honest.sent_bytes = half;
      honest.ending = Ending::reset;
      return honest;
    case 4: return {.ending = Ending::close, .silent = true};
    case 5: return {.status = 200, .body = body, .headers = {{"ETag", "\"v1\""}}};
    case 6: return {.status = 206, .body = "wrong", .headers = {{"Content-Range", "bytes 1-5/6"}}};
    case 7: return {.status = 200, .body = body, .framing = Framing::chunked, .sent_bytes = half, .ending = Ending::close};
    case 8: return {.status = 503, .body = "<html>", .headers = {{"Content-Type", "text/html"}}, .framing = Framing::close};
    default: return honest;
  }
}

TEST_F(DownloadTest, random_misbehaviour_ends_whole_or_as_a_failure_with_a_reason) {
  std::vector<DownloadRequest> requests;
  std::vector<std::string> bodies;
  for (uint32_t i = 0; i < 200; ++i) {
    bodies.push_back(random_bytes(i * 37 % 5000, i));
    const std::string path = std::string("/").append(std::to_string(i));
    const auto generator = std::make_shared<std::mt19937>(i);
    server_.script(path,
                   {[generator, body = bodies.back()](const ServedRequest& request) { return misbehave(request, body, (*generator)()); }});
    requests.push_back({i, server_.url(path), {}, {}});
  }
  const auto downloads = run(requests);
  ASSERT_TRUE(status_) << status_.error().to_string();
  ASSERT_EQ(downloads.size(), requests.size());
  int fetched = 0;
  for (const Download& download : downloads) {
    if (download.state == DownloadState::fetched) {
      ++fetched;
      EXPECT_TRUE(content(download.id) == bodies[download.id]) << download.id;
      EXPECT_EQ(download.bytes, static_cast<int64_t>(bodies[download.id].size()));
    } else {
      EXPECT_EQ(download.state, DownloadState::failed);
      EXPECT_FALSE(sinks_[download.id].finished);
      EXPECT_NE(reason(download), "none given");
    }
  }
  EXPECT_GT(fetched, 160) << "five attempts get most of them through";
}

}  // namespace
}  // namespace voxlake::net
