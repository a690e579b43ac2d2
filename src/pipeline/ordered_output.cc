#include "pipeline/ordered_output.h"

namespace voxlake::pipeline {

OrderedOutput::OrderedOutput(Sink sink, Turns turns, size_t window, int64_t most_bytes)
    : sink_(std::move(sink)), turns_(std::move(turns)), window_(window), most_bytes_(most_bytes) {}

bool OrderedOutput::may_start(size_t ticket) const {
  std::lock_guard lock(mutex_);
  return ticket < head_ + window_;
}

size_t OrderedOutput::head() const {
  std::lock_guard lock(mutex_);
  return head_;
}

void OrderedOutput::fail(const Error& error) {
  {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }
  turn_.notify_all();
}

Status OrderedOutput::write(size_t ticket, ArchiveChunk chunk) {
  std::unique_lock lock(mutex_);
  if (error_) return tl::unexpected<Error>(*error_);
  Slot& slot = slots_[ticket];
  kept_bytes_ += chunk.bytes;
  slot.chunks.push_back(std::move(chunk));
  if (ticket != head_ && kept_bytes_ > most_bytes_) {
    lock.unlock();
    turns_.pause();
    lock.lock();
    turn_.wait(lock, [&] { return error_ || head_ == ticket || kept_bytes_ <= most_bytes_; });
    lock.unlock();
    turns_.resume();
    lock.lock();
    if (error_) return tl::unexpected<Error>(*error_);
  }
  if (ticket != head_ || draining_) return {};
  draining_ = true;
  Status status = drain_chunks(lock, ticket);
  draining_ = false;
  return status;
}

Status OrderedOutput::finish(size_t ticket, ArchiveResult result) {
  std::unique_lock lock(mutex_);
  if (error_) return tl::unexpected<Error>(*error_);
  slots_[ticket].result = std::move(result);
  if (draining_ || ticket != head_) return {};
  draining_ = true;
  Status status = drain(lock);
  draining_ = false;
  return status;
}

Status OrderedOutput::drain_chunks(std::unique_lock<std::mutex>& lock, size_t ticket) {
  Slot& slot = slots_[ticket];  // a map's element stays where it is while others come and go
  while (!slot.chunks.empty()) {
    const ArchiveChunk chunk = std::move(slot.chunks.front());
    slot.chunks.pop_front();
    const bool was_full = kept_bytes_ > most_bytes_;
    kept_bytes_ -= chunk.bytes;
    if (was_full && kept_bytes_ <= most_bytes_) turn_.notify_all();
    lock.unlock();
    Status status = sink_.add(chunk);
    lock.lock();
    if (!status) {
      if (!error_) error_ = status.error();
      turn_.notify_all();
      return status;
    }
  }
  return {};
}

Status OrderedOutput::drain(std::unique_lock<std::mutex>& lock) {
  for (auto next = slots_.find(head_); next != slots_.end() && next->second.result; next = slots_.find(head_)) {
    if (error_) return tl::unexpected<Error>(*error_);
    VOXLAKE_TRY(drain_chunks(lock, head_));
    ArchiveResult result = std::move(*next->second.result);
    slots_.erase(next);
    lock.unlock();
    Status status = sink_.complete(std::move(result));
    lock.lock();
    if (!status) {
      if (!error_) error_ = status.error();
      turn_.notify_all();
      return status;
    }
    ++head_;
    turn_.notify_all();
    lock.unlock();
    turns_.advanced();
    lock.lock();
  }
  return {};
}

}  // namespace voxlake::pipeline
