#include "pipeline/bronze_closer.h"

#include <iterator>

#include "pipeline/bronze.h"

namespace voxlake::pipeline {

BronzeCloser::BronzeCloser(size_t threads, Closed closed) : closed_(std::move(closed)), thread_count_(threads) {
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
    std::vector<BronzeSink::Finished> archives;
    for (const auto& [ticket, download] : *batch) {
      if (download.sink) archives.push_back({static_cast<BronzeSink*>(download.sink.get()), download.sha256});
    }
    const Status status = BronzeSink::close(archives);
    for (auto& [ticket, download] : *batch) closed_(ticket, std::move(download), status);
  }
}

/// What one thread closes together: its share of what waits.
std::optional<BronzeCloser::Batch> BronzeCloser::take() {
  std::unique_lock lock(mutex_);
  available_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  const size_t share = (waiting_.size() + thread_count_ - 1) / thread_count_;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(share);
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

}  // namespace voxlake::pipeline
