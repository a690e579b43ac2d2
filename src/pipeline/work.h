#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "features/feature_set.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// What one stage of a pass has done so far. Thread safe.
struct StageCounter {
  std::atomic<int64_t> in{0};
  std::atomic<int64_t> out{0};
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> work_ns{0};

  StageSummary summary(Stage stage, std::string unit, double wall_seconds) const;
};

/// Processor time that the calling thread has used so far, in nanoseconds.
int64_t thread_work_ns();

/// Adds the processor time that its thread uses while it lives to a counter.
class WorkTimer {
 public:
  explicit WorkTimer(StageCounter& counter) : counter_(counter), begin_ns_(thread_work_ns()) {}
  ~WorkTimer() { counter_.work_ns += thread_work_ns() - begin_ns_; }
  WorkTimer(const WorkTimer&) = delete;

 private:
  StageCounter& counter_;
  int64_t begin_ns_;
};

/// Extractors that no thread uses at the moment: each keeps scratch memory, so there are only as many as threads compute at once. Thread
/// safe.
class ExtractorPool {
 public:
  explicit ExtractorPool(std::shared_ptr<const features::FeatureSet> set) : set_(std::move(set)) {}

  std::unique_ptr<features::Extractor> take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<features::Extractor>(set_);
    auto extractor = std::move(idle_.back());
    idle_.pop_back();
    return extractor;
  }
  void give(std::unique_ptr<features::Extractor> extractor) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(extractor));
  }

 private:
  std::shared_ptr<const features::FeatureSet> set_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<features::Extractor>> idle_;
};

/// Tickets that are ready to be worked on, the lowest first, with what is needed for each. Thread safe.
template <typename Work>
class ReadyQueue {
 public:
  void push(size_t ticket, Work work) {
    {
      std::lock_guard lock(mutex_);
      ready_.emplace(ticket, std::move(work));
    }
    available_.notify_one();
  }
  /// Waits for work; nothing once the queue is closed and empty, or was abandoned.
  std::optional<std::pair<size_t, Work>> pop() {
    std::unique_lock lock(mutex_);
    available_.wait(lock, [&] { return !ready_.empty() || closed_; });
    if (ready_.empty()) return std::nullopt;
    auto first = ready_.begin();
    std::pair<size_t, Work> item(first->first, std::move(first->second));
    ready_.erase(first);
    return item;
  }
  /// No more will come.
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    available_.notify_all();
  }
  /// No more will come, and what is there is dropped.
  void abandon() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      ready_.clear();
    }
    available_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable available_;
  std::map<size_t, Work> ready_;
  bool closed_ = false;
};

}  // namespace voxlake::pipeline
