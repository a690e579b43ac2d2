#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "error/result.h"
#include "pipeline/lake_writer.h"

namespace voxlake::pipeline {

/// Puts what many workers make into the order of their tickets (0, 1, 2, …), so that the tables do not depend on who was faster, with
/// bounded memory.
///
/// A worker writes the chunks of its ticket and finishes it. Chunks of the ticket whose turn it is go straight to the sink; others are kept
/// until their turn. While all together keep more than `most_bytes`, a worker that has made more waits for its turn, or for the others to
/// have gone: it first gives its processor permit back (`pause`) and takes it again after (`resume`), so that the workers before it can go
/// on. The sink is only ever used by one thread at a time. Thread safe.
class OrderedOutput {
 public:
  struct Sink {
    std::function<Status(const ArchiveChunk&)> add;
    std::function<Status(ArchiveResult)> complete;
  };
  struct Turns {
    std::function<void()> pause;
    std::function<void()> resume;
    std::function<void()> advanced;  ///< called after the head moved on
  };

  OrderedOutput(Sink sink, Turns turns, size_t window, int64_t most_bytes);

  /// True when `ticket` is near enough to the head to be started.
  bool may_start(size_t ticket) const;
  Status write(size_t ticket, ArchiveChunk chunk);
  Status finish(size_t ticket, ArchiveResult result);
  /// Makes every present and later call return `error`.
  void fail(const Error& error);
  size_t head() const;

 private:
  struct Slot {
    std::deque<ArchiveChunk> chunks;
    std::optional<ArchiveResult> result;
  };
  Status drain(std::unique_lock<std::mutex>& lock);
  Status drain_chunks(std::unique_lock<std::mutex>& lock, size_t ticket);

  Sink sink_;
  Turns turns_;
  const size_t window_;
  const int64_t most_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable turn_;
  std::map<size_t, Slot> slots_;
  int64_t kept_bytes_ = 0;  ///< of chunks in all slots
  size_t head_ = 0;
  bool draining_ = false;  ///< a thread is using the sink
  std::optional<Error> error_;
};

}  // namespace voxlake::pipeline
