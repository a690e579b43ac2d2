#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

#include "error/result.h"
#include "pipeline/lake_writer.h"
#include "pipeline/ordered_output.h"
#include "pipeline/work.h"

namespace voxlake::pipeline {

/// Threads that work on tickets and hand the results on in order. There are more threads than permits to compute: one that waits for its
/// turn to write gives its permit back, so another must be there to take it.
template <typename Work>
class Crew {
 public:
  using Process = std::function<Status(size_t ticket, Work work)>;

  /// `advanced` is called, on any thread, when a further ticket may start, and after a failure. `more_in_flight` tickets may be started
  /// beside those that threads work on. Rows that wait for their turn take about `waiting_bytes` at most, all together.
  Crew(int64_t permits, int64_t waiting_bytes, LakeWriter& writer, Process process, std::function<void()> advanced,
       size_t more_in_flight = 0)
      : thread_count_(static_cast<size_t>(2 * permits + 8)),
        permits_(permits),
        process_(std::move(process)),
        advanced_(std::move(advanced)),
        output_({[&writer](const ArchiveChunk& chunk) { return writer.add(chunk); },
                 [&writer](ArchiveResult result) { return writer.complete(std::move(result)); }},
                {[this] { permits_.release(); }, [this] { permits_.acquire(); }, [this] { moved_on(); }}, thread_count_ + more_in_flight,
                waiting_bytes) {}
  ~Crew() { join(); }
  Crew(const Crew&) = delete;

  void start(size_t tickets) {
    const size_t count = std::min(thread_count_, tickets);
    working_ = count;
    for (size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  bool may_start(size_t ticket) const { return output_.may_start(ticket); }
  /// Waits until `ticket` may start; false when the crew failed.
  bool await_start(size_t ticket) {
    std::unique_lock lock(mutex_);
    progress_.wait(lock, [&] { return error_ || output_.may_start(ticket); });
    return !error_;
  }
  void push(size_t ticket, Work work) { ready_.push(ticket, std::move(work)); }
  OrderedOutput& output() { return output_; }

  bool failed() const {
    std::lock_guard lock(mutex_);
    return error_.has_value();
  }
  void fail(const Error& error) {
    {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = error;
    }
    output_.fail(error);
    ready_.abandon();
    moved_on();
  }
  /// Waits until all that was pushed is done, or until `stop` is set: then what waits is dropped, and what threads have at hand is given
  /// `grace` to end. The first error, if any; `stopped` where it was stopped.
  std::optional<Error> join(const std::atomic<bool>& stop, std::chrono::milliseconds grace, const Error& stopped) {
    ready_.close();
    constexpr std::chrono::milliseconds look_around{50};
    {
      std::unique_lock lock(mutex_);
      while (working_ > 0 && !error_ && !stop) progress_.wait_for(lock, look_around);
    }
    if (stop) {
      ready_.abandon();
      {
        std::unique_lock lock(mutex_);
        progress_.wait_for(lock, grace, [&] { return working_ == 0 || error_; });
      }
      fail(stopped);
    }
    return join();
  }
  /// Waits until all that was pushed is done. The first error, if any.
  std::optional<Error> join() {
    ready_.close();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  void moved_on() {
    {
      std::lock_guard lock(mutex_);  // so that await_start cannot miss it between its test and its wait
    }
    progress_.notify_all();
    advanced_();
  }

  void work() {
    while (auto item = ready_.pop()) {
      permits_.acquire();
      Status status = process_(item->first, std::move(item->second));
      permits_.release();
      if (!status) {
        fail(status.error());
        break;
      }
    }
    {
      const std::lock_guard lock(mutex_);
      --working_;
    }
    progress_.notify_all();
  }

  const size_t thread_count_;
  std::counting_semaphore<> permits_;
  Process process_;
  std::function<void()> advanced_;
  OrderedOutput output_;
  ReadyQueue<Work> ready_;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::condition_variable progress_;
  std::optional<Error> error_;
  size_t working_ = 0;  ///< threads that have not ended
};

}  // namespace voxlake::pipeline
