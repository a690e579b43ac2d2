#include "pipeline/bronze_closer.h"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>

#include "pipeline/bronze.h"

namespace voxlake::pipeline {
namespace {

/// Each is an open file.
size_t most_together() {
  constexpr size_t enough = 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / 8 >= enough) return enough;
  return std::max<size_t>(1, limit.rlim_cur / 8);
}

}  // namespace

BronzeCloser::BronzeCloser(size_t threads, Closed closed)
    : closed_(std::move(closed)), thread_count_(threads), most_together_(most_together()) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BronzeCloser::~BronzeCloser() {
  join();
}

void BronzeCloser::push(size_t ticket, net::Download download) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(ticket, std::move(download));
  }
  available_.notify_one();
}

void BronzeCloser::join() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  available_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void BronzeCloser::work() {
  while (auto batch = take()) {
    std::vector<BronzeSink*> archives;
    for (const auto& [ticket, download] : *batch) {
      if (download.sink) archives.push_back(static_cast<BronzeSink*>(download.sink.get()));
    }
    const Status status = BronzeSink::close(archives);
    for (auto& [ticket, download] : *batch) {
      if (download.sink) download.sha256 = static_cast<BronzeSink&>(*download.sink).sha256();
      closed_(ticket, std::move(download), status);
    }
  }
}

/// What one thread closes together: its share of what waits.
std::optional<BronzeCloser::Batch> BronzeCloser::take() {
  std::unique_lock lock(mutex_);
  available_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  const size_t share = (waiting_.size() + thread_count_ - 1) / thread_count_;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(share, most_together_));
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

}  // namespace voxlake::pipeline
