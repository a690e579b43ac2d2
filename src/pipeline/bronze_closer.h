#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "error/result.h"
#include "net/download.h"

namespace voxlake::pipeline {

/// Hashes and closes archives that have arrived, several at once. To close a file is to wait for the disk (or for Azure) some ten
/// milliseconds: the thread that runs the downloads must not, and file systems that keep a journal write it once for all who wait.
class BronzeCloser {
 public:
  /// `closed` is called on one of the threads, with the outcome, for each download that was pushed.
  using Closed = std::function<void(size_t ticket, net::Download download, Status status)>;

  BronzeCloser(size_t threads, Closed closed);
  ~BronzeCloser();
  BronzeCloser(const BronzeCloser&) = delete;
  BronzeCloser& operator=(const BronzeCloser&) = delete;

  /// Takes a download whose sink (a `BronzeSink`) has all its bytes, or one without a sink. From any thread.
  void push(size_t ticket, net::Download download);
  /// Waits until all that was pushed is closed. Nothing may be pushed after.
  void join();

 private:
  using Batch = std::vector<std::pair<size_t, net::Download>>;
  void work();
  std::optional<Batch> take();

  const Closed closed_;
  const size_t thread_count_;
  const size_t most_together_;
  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<std::pair<size_t, net::Download>> waiting_;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace voxlake::pipeline
