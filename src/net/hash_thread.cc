#include "net/hash_thread.h"

#include <utility>

namespace voxlake::net {
namespace {

constexpr size_t piece_bytes = 512 << 10;
constexpr size_t most_pieces = 8;

}  // namespace

HashThread::~HashThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void HashThread::update(const std::shared_ptr<Sha256>& hash, std::span<const std::byte> bytes) {
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  Piece& piece = gathered(hash);
  piece.bytes.insert(piece.bytes.end(), bytes.begin(), bytes.end());
  if (piece.bytes.size() >= piece_bytes) hand_over(piece);
}

/// The piece of a hash; one that was handed over is used again.
HashThread::Piece& HashThread::gathered(const std::shared_ptr<Sha256>& hash) {
  Piece* unused = nullptr;
  for (Piece& piece : gathered_) {
    if (piece.hash == hash) return piece;
    if (!piece.hash) unused = &piece;
  }
  Piece& piece = unused != nullptr ? *unused : gathered_.emplace_back();
  piece.hash = hash;
  return piece;
}

void HashThread::settle() {
  for (Piece& piece : gathered_) hand_over(piece);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

void HashThread::hand_over(Piece& piece) {
  if (!piece.hash) return;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < most_pieces; });
    waiting_.push_back(std::exchange(piece, {}));
    if (!buffers_.empty()) {
      piece.bytes = std::move(buffers_.back());
      buffers_.pop_back();
      piece.bytes.clear();
    }
  }
  changed_.notify_all();
}

void HashThread::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (ended_) return;  // whoever would ask for these hashes has gone
    Piece piece = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    piece.hash->update(piece.bytes);
    piece.hash.reset();
    lock.lock();
    busy_ = false;
    if (buffers_.size() < most_pieces) buffers_.push_back(std::move(piece.bytes));
    changed_.notify_all();
  }
}

}  // namespace voxlake::net
