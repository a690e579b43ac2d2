#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/download.h"
#include "net/scripted_server_test_support.h"
#include "net/surroundings.h"

namespace voxlake::net {

/// A clock that jumps over pauses instead of waiting, no chance, and 127.0.0.2 for a place on the public internet.
class TestSurroundings : public Surroundings {
 public:
  std::chrono::steady_clock::time_point now() override {
    return (stopped_at_ ? *stopped_at_ : std::chrono::steady_clock::now()) + skipped_;
  }
  std::chrono::system_clock::time_point date() override {
    return (stopped_on_ ? *stopped_on_ : std::chrono::system_clock::now()) + skipped_;
  }
  /// From now on only pauses take time: they are then as long as they were meant to be. Not for what waits for a time to be over.
  void stop_clock() {
    stopped_at_ = std::chrono::steady_clock::now();
    stopped_on_ = std::chrono::system_clock::now();
  }
  double chance() override { return 0.0; }
  std::chrono::milliseconds pause(std::chrono::milliseconds length) override {
    pauses.push_back(length);
    if (on_pause) on_pause();
    skipped_ += length;
    return std::chrono::milliseconds(0);
  }
  bool is_private(const std::string& address) override { return address != "127.0.0.2" && Surroundings::is_private(address); }

  std::vector<std::chrono::milliseconds> pauses;
  std::function<void()> on_pause;

 private:
  std::chrono::milliseconds skipped_{0};
  std::optional<std::chrono::steady_clock::time_point> stopped_at_;
  std::optional<std::chrono::system_clock::time_point> stopped_on_;
};

/// What became of a sink, seen from outside, also once it is destroyed.
struct SinkRecord {
  std::string content;
  int restarts = 0;
  bool finished = false;
};

class RecordingSink : public DownloadSink {
 public:
  explicit RecordingSink(SinkRecord& record) : record_(record) {}
  Status write(std::span<const std::byte> bytes) override {
    record_.content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Status restart() override {
    record_.content.clear();
    ++record_.restarts;
    return {};
  }
  Status finish() override {
    record_.finished = true;
    return {};
  }

 private:
  SinkRecord& record_;
};

/// Runs downloads against a scripted server, without waiting between attempts.
class DownloadTest : public testing::Test {
 protected:
  DownloadTest() {
    options_.surroundings = surroundings_;
    options_.proxy = "";
  }

  /// Runs these requests; `sinks_` has what was written, by id.
  std::vector<Download> run(std::vector<DownloadRequest> requests) {
    std::vector<Download> downloads;
    size_t asked = 0;
    Downloader downloader(options_);
    const auto next = [&]() -> NextRequest {
      if (before_request_) before_request_();
      return asked == requests.size() ? NextRequest(End{}) : NextRequest(requests[asked++]);
    };
    const auto open = [&](const DownloadRequest& request) -> Result<std::unique_ptr<DownloadSink>> {
      return std::make_unique<RecordingSink>(sinks_[request.id]);
    };
    status_ = downloader.run(
        next, open, [&](Download download) { downloads.push_back(std::move(download)); }, stop_);
    return downloads;
  }

  /// One archive at `url`.
  Download get(const std::string& url) { return get(DownloadRequest{0, url, {}, {}}); }
  Download get(DownloadRequest request) {
    std::vector<Download> downloads = run({std::move(request)});
    EXPECT_TRUE(status_) << status_.error().to_string();
    EXPECT_EQ(downloads.size(), 1u);
    return downloads.size() == 1 ? std::move(downloads.front()) : Download{};
  }

  static std::string reason(const Download& download) { return download.error ? download.error->detail("reason", "none given") : ""; }

  const std::string& content(size_t id = 0) { return sinks_[id].content; }

  ScriptedServer server_;
  std::shared_ptr<TestSurroundings> surroundings_ = std::make_shared<TestSurroundings>();
  HttpOptions options_;
  std::atomic<bool> stop_ = false;
  std::map<size_t, SinkRecord> sinks_;
  std::function<void()> before_request_;
  Status status_;
};

}  // namespace voxlake::net
