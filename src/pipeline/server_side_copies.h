#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/download.h"
#include "pipeline/context.h"
#include "pipeline/work.h"

namespace voxlake::pipeline {

/// Archives that a lake's store fetches by itself, so that no byte of them passes through this process. Each is first asked about (a
/// request with `only_head`): what the answer says is what the store is asked for. Where anything is in the way (the server does not answer
/// HEAD or names no length, the store cannot reach it, the copy has another length) the archive is to be downloaded as usual;
/// where the store fails at the first eight, so are all others.
///
/// As many at once as transfers are allowed to one host. Thread safe.
class ServerSideCopies {
 public:
  /// `copied` is called, on a thread of this object, for each archive that is now in bronze; `settled` after each one, whatever came of it.
  using Copied = std::function<void(size_t ticket, net::Download head)>;
  ServerSideCopies(const Context& context, Copied copied, std::function<void()> settled);
  ~ServerSideCopies();
  ServerSideCopies(const ServerSideCopies&) = delete;
  ServerSideCopies& operator=(const ServerSideCopies&) = delete;

  /// Whether an archive is to be tried: it is set so, the store can, and anybody on the internet can read the URL.
  bool takes(const std::string& url) const;
  /// An archive will be asked about; `answered` or `refuse` follows.
  void begin() { ++under_way_; }
  /// What its server says of it. `path`: where in the lake it belongs.
  void answered(size_t ticket, std::string path, net::Download head);
  /// It was answered otherwise, for good: not modified, gone.
  void dismiss() { --under_way_; }
  /// It has to be downloaded.
  void refuse(size_t ticket);
  /// One that has to be downloaded, if there is any.
  std::optional<size_t> next_refused();
  /// Whether nothing is under way.
  bool idle() const { return under_way_ == 0; }
  /// How many the store has fetched.
  int64_t copied() const { return copied_count_; }

  /// Drops what has not begun, and waits for the rest.
  void end();

 private:
  struct Work {
    std::string path;
    net::Download head;
  };
  void work();

  const Context& context_;
  const Copied copied_;
  const std::function<void()> settled_;
  std::atomic<size_t> under_way_ = 0;  ///< begun, and neither in bronze nor taken by `next_refused`
  std::atomic<int64_t> copied_count_ = 0;
  std::atomic<int64_t> failed_count_ = 0;
  ReadyQueue<Work> waiting_;
  std::mutex mutex_;
  std::deque<size_t> refused_;  ///< guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace voxlake::pipeline
