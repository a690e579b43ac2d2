#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "net/sha256.h"

namespace voxlake::net {

/// Hashes on a thread of its own what the downloads' thread has received, so that on fast lines large archives cost that thread no more
/// than they cost curl. At most a few megabytes wait. The thread starts with the first bytes. One thread calls it.
class HashThread {
 public:
  HashThread() = default;
  ~HashThread();
  HashThread(const HashThread&) = delete;
  HashThread& operator=(const HashThread&) = delete;

  /// Adds a copy of `bytes` to `hash`, later, in the order of the calls. Waits where too much waits already.
  void update(const std::shared_ptr<Sha256>& hash, std::span<const std::byte> bytes);
  /// Waits until nothing is left to be added to any hash.
  void settle();

 private:
  struct Piece {
    std::shared_ptr<Sha256> hash;
    std::vector<std::byte> bytes;
  };
  Piece& gathered(const std::shared_ptr<Sha256>& hash);
  void hand_over(Piece& piece);
  void work();

  /// Of the thread that calls, a piece for each hash: libcurl brings 16 KiB at a time, too little to wake another thread for.
  std::vector<Piece> gathered_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> waiting_;
  std::vector<std::vector<std::byte>> buffers_;  ///< to use again
  bool busy_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace voxlake::net
