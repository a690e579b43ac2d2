#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "azure/blob_client.h"
#include "lake/storage.h"
#include "net/sha256.h"

namespace voxlake::lake {

/// Threads that send blocks, started when first needed. Whoever adds more than the bound waits. Thread safe.
class UploadCrew {
 public:
  explicit UploadCrew(UploadOptions options) : options_(options) {}
  ~UploadCrew();
  UploadCrew(const UploadCrew&) = delete;
  const UploadOptions& options() const { return options_; }

  /// Runs `work` on one of the threads; `bytes` count as in flight until it is done.
  void add(int64_t bytes, std::function<void()> work);

 private:
  void serve();

  const UploadOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<int64_t, std::function<void()>>> waiting_;  ///< guarded by mutex_, as is the rest
  int64_t in_flight_ = 0;
  int idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

/// Makes a blob of what the storage service fetches from the web itself, in blocks of `block_bytes`. io where another length came of it.
Status copy_blocks_from_web(azure::BlobClient& client, const azure::BlobName& name, const WebSource& source, int64_t block_bytes);

/// A file on its way into a blob: cut into blocks, which are sent in parallel while the next one fills. Where it is never closed its blocks
/// stay unseen, and the service drops them within a week.
class BlockUpload final : public WritableFile {
 public:
  BlockUpload(std::shared_ptr<azure::BlobClient> client, std::shared_ptr<UploadCrew> crew, azure::BlobName name);
  ~BlockUpload() override;
  Status write(std::span<const std::byte> bytes) override;
  Status begin_close() override;
  Status close() override;

 private:
  /// What the file shares with the threads that send its blocks.
  struct Progress {
    std::mutex mutex;
    std::condition_variable changed;
    int64_t under_way = 0;
    std::optional<Status> outcome;  ///< of a finish that was begun
    std::optional<Error> error;
    bool abandoned = false;
  };
  Status send_block();
  static Status finish(azure::BlobClient& client, const azure::BlobName& name, Progress& progress, const std::vector<std::string>& ids,
                       const std::string& bytes, const std::string& fingerprint);

  std::shared_ptr<azure::BlobClient> client_;
  std::shared_ptr<UploadCrew> crew_;
  azure::BlobName name_;
  std::string nonce_;  ///< opens the ids of our blocks: another writer of the same blob has its own
  std::vector<std::string> ids_;
  std::string block_;
  net::Sha256 hash_;
  std::shared_ptr<Progress> progress_;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace voxlake::lake
