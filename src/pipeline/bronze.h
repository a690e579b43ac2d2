#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "corpus/archive_reader.h"
#include "error/result.h"
#include "lake/storage.h"
#include "net/download.h"

namespace voxlake::pipeline {

/// How many bytes of archives may be kept in memory between the network and the decoder, over all of them. Thread safe.
class KeepBudget {
 public:
  explicit KeepBudget(int64_t bytes) : left_(bytes) {}
  bool take(int64_t bytes);
  void give(int64_t bytes) { left_.fetch_add(bytes); }

 private:
  std::atomic<int64_t> left_;
};

/// Writes an archive into bronze as it comes, and keeps its bytes while the budget lasts, so that the decoder need not read them back.
class BronzeSink final : public net::DownloadSink {
 public:
  /// `abandoned` tells that the pass has failed elsewhere: the next write then ends all downloads.
  BronzeSink(std::shared_ptr<lake::Storage> storage, std::string path, std::shared_ptr<KeepBudget> budget, std::function<bool()> abandoned);
  ~BronzeSink() override;
  Status write(std::span<const std::byte> bytes) override;
  Status restart() override;
  /// The bytes are all there; `close` makes them visible.
  Status finish() override;
  /// The archive is visible in bronze. To be called before anything is said of it in a table; may be called again.
  Status settle();

  /// What lies at the sink's path now, whose hash is `sha256`, is to be copied to `path` before another archive replaces it.
  void keep_replaced(std::string sha256, std::string path);

  /// A sink that has all its bytes, and their hash.
  struct Finished {
    BronzeSink* sink;
    std::string sha256;
  };
  /// Makes archives of one lake durable and visible, which waits for the disk. A store on a network only begins that, while others go on:
  /// `settle` waits for it. On any thread, once for each.
  static Status close(std::span<const Finished> archives);

  /// The whole archive from memory, or null where it was not kept. Valid while the sink lives.
  std::unique_ptr<corpus::ByteSource> kept() const;

 private:
  void forget();
  Status make_file();
  Status copy_replaced(const std::string& sha256);
  std::shared_ptr<lake::Storage> storage_;
  std::string path_;
  std::shared_ptr<KeepBudget> budget_;
  std::function<bool()> abandoned_;
  std::unique_ptr<lake::WritableFile> file_;
  std::vector<std::byte> kept_;
  int64_t taken_ = 0;
  std::string replaced_sha256_;
  std::string replaced_path_;  ///< empty: nothing is replaced, or it need not stay
  bool keeping_ = true;
};

/// Reads a stored file piece by piece.
std::unique_ptr<corpus::ByteSource> stored_source(std::shared_ptr<lake::Storage> storage, std::string path);

}  // namespace voxlake::pipeline
