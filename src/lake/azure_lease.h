#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "azure/blob_client.h"
#include "error/result.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// A lease on a blob, renewed by a thread of its own while it is held. It ends by itself a quarter of a minute after its holder died.
class AzureLease final : public StorageLock {
 public:
  /// Makes the blob where it is absent. Waits a little longer than a lease lasts for one that may be a dead holder's; then conflict.
  static Result<std::unique_ptr<AzureLease>> take(std::shared_ptr<azure::BlobClient> client, const azure::BlobName& name);
  ~AzureLease() override;

 private:
  AzureLease(std::shared_ptr<azure::BlobClient> client, azure::BlobName name, std::string id);
  void renew();

  std::shared_ptr<azure::BlobClient> client_;
  azure::BlobName name_;
  std::string id_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  ///< guarded by mutex_
  std::thread renewer_;
};

}  // namespace voxlake::lake
