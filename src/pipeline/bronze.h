#pragma once

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
#include "net/hash_thread.h"
#include "scratch/limits.h"

namespace voxlake::pipeline {

/// Writes an archive into bronze as it comes, and keeps its bytes while the budget (of all archives) lasts, so that the decoder need not
/// read them back. What is small is written and hashed when it is closed; of what is large, the hash is made on a thread beside.
class BronzeSink final : public net::DownloadSink {
 public:
  /// `abandoned` tells that the pass has failed elsewhere: the next write then ends all downloads. Where nothing is decoded, bytes are kept
  /// until they are written only. `hashes` has to outlive the download.
  BronzeSink(std::shared_ptr<lake::Storage> storage, std::string path, std::shared_ptr<scratch::Budget> budget, net::HashThread& hashes,
             std::function<bool()> abandoned, bool decoded);
  ~BronzeSink() override;
  Status write(std::span<const std::byte> bytes) override;
  Status restart() override;
  /// The bytes are all there; `close` makes them visible.
  Status finish() override;
  bool hashes() const override { return true; }
  /// Of all bytes, lower-case hexadecimal; once the sink was closed.
  const std::string& sha256() const { return sha256_; }
  /// The archive is visible in bronze. To be called before anything is said of it in a table; may be called again.
  Status settle();

  /// What lies at the sink's path now, whose hash is `sha256`, is to be copied to `path` before another archive replaces it.
  void keep_replaced(std::string sha256, std::string path);

  /// Makes archives of one lake, which have all their bytes, durable and visible, which waits for the disk. A store on a network only
  /// begins that, while others go on: `settle` waits for it. On any thread, once for each.
  static Status close(std::span<BronzeSink* const> archives);

  /// The whole archive from memory, or null where it was not kept. Valid while the sink lives.
  std::unique_ptr<corpus::ByteSource> kept() const;

 private:
  void forget();
  Status make_file();
  Status copy_replaced();
  Status make_hash();
  std::shared_ptr<lake::Storage> storage_;
  std::string path_;
  std::shared_ptr<scratch::Budget> budget_;
  net::HashThread& hashes_;
  std::shared_ptr<net::Sha256> hash_;  ///< of what is in the file, bytes that wait included; null before there is one
  std::string sha256_;
  std::function<bool()> abandoned_;
  std::unique_ptr<lake::WritableFile> file_;
  std::vector<std::byte> kept_;
  int64_t taken_ = 0;
  std::string replaced_sha256_;
  std::string replaced_path_;  ///< empty: nothing is replaced, or it need not stay
  const bool decoded_;
  bool keeping_ = true;
};

/// Reads a stored file piece by piece.
std::unique_ptr<corpus::ByteSource> stored_source(std::shared_ptr<lake::Storage> storage, std::string path);

/// The SHA-256 of a stored file, read piece by piece. cancelled where `stop` is set.
Result<std::string> stored_sha256(const std::shared_ptr<lake::Storage>& storage, const std::string& path, const std::atomic<bool>& stop);

}  // namespace voxlake::pipeline
