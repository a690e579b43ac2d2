#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "error/result.h"

namespace voxlake::pipeline {

/// Works on tickets 0, 1, 2, … in several threads, and takes what they make in the tickets' order, so that the outcome does not depend on
/// who was faster. A thread owns a ticket from its start to its end.
///
/// Blocks of the ticket whose turn it is are taken at once; others wait. Where more than `held_bytes` wait, their makers do too, all but
/// the one whose turn it is: so it always goes on. `take` is called by one thread at a time.
template <typename Block>
class OrderedBlocks {
 public:
  using Take = std::function<Status(Block)>;
  /// Hands a block on, with about how many bytes it holds. An error is one of `take`, by whatever thread: the ticket should end with it.
  using Put = std::function<Status(Block, int64_t bytes)>;
  /// Makes the blocks of a ticket; called in a thread that also has a number, from 0. An error ends all.
  using Make = std::function<Status(size_t thread, size_t ticket, const Put& put)>;

  OrderedBlocks(int64_t held_bytes, Take take) : held_limit_(held_bytes), take_(std::move(take)) {}

  /// Until all tickets are done, or one failed: then its error. One thread: the calling one.
  Status run(size_t threads, size_t tickets, const Make& make) {
    tickets_ = tickets;
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < std::min(threads, tickets); ++thread) {
      others.emplace_back([this, thread, &make] { work(thread, make); });
    }
    work(0, make);
    for (auto& thread : others) thread.join();
    return status_;
  }

 private:
  struct Slot {
    std::deque<std::pair<Block, int64_t>> blocks;
    bool is_done = false;
  };

  void work(size_t thread, const Make& make) {
    for (std::unique_lock lock(mutex_); status_ && next_ < tickets_;) {
      const size_t ticket = next_++;
      lock.unlock();
      Status made = make(thread, ticket, [&](Block block, int64_t bytes) { return put(ticket, std::move(block), bytes); });
      lock.lock();
      slots_[ticket].is_done = true;
      if (!made && status_) status_ = std::move(made);
      drain(lock);
      progress_.notify_all();
    }
  }

  Status put(size_t ticket, Block block, int64_t bytes) {
    std::unique_lock lock(mutex_);
    slots_[ticket].blocks.emplace_back(std::move(block), bytes);
    held_bytes_ += bytes;
    drain(lock);
    progress_.wait(lock, [&] { return !status_ || held_bytes_ <= held_limit_ || (ticket == head_ && !is_taking_); });
    drain(lock);
    return status_;
  }

  /// Takes what is there of the tickets whose turn it is, unless another thread does so already.
  void drain(std::unique_lock<std::mutex>& lock) {
    if (is_taking_) return;
    is_taking_ = true;
    for (auto slot = slots_.find(head_); status_ && slot != slots_.end(); slot = slots_.find(head_)) {
      if (!slot->second.blocks.empty()) {
        auto [block, bytes] = std::move(slot->second.blocks.front());
        slot->second.blocks.pop_front();
        lock.unlock();
        Status taken = take_(std::move(block));
        lock.lock();
        held_bytes_ -= bytes;
        if (!taken && status_) status_ = std::move(taken);
      } else if (slot->second.is_done) {
        slots_.erase(slot);
        ++head_;
      } else {
        break;
      }
      progress_.notify_all();
    }
    is_taking_ = false;
  }

  const int64_t held_limit_;
  Take take_;
  size_t tickets_ = 0;
  std::mutex mutex_;
  std::condition_variable progress_;
  std::map<size_t, Slot> slots_;
  int64_t held_bytes_ = 0;
  size_t next_ = 0;  ///< the ticket that nobody has begun
  size_t head_ = 0;  ///< whose turn it is
  bool is_taking_ = false;
  Status status_;
};

}  // namespace voxlake::pipeline
