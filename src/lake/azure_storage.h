#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "azure/blob_client.h"
#include "azure/options.h"
#include "lake/azure_layout.h"
#include "lake/block_upload.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// A lake in an Azure storage account (see azure_layout.h for what lies where), with or without a hierarchical namespace.
///
/// Whatever is written becomes visible by one request: Put Blob, or Put Block List over blocks that nobody has seen. `put_if_absent` is
/// `If-None-Match: *`. Containers are made when a write finds none.
class AzureStorage final : public Storage {
 public:
  /// Opens the lake at an abfss:// URI. Nothing is asked of the service yet.
  static Result<std::unique_ptr<AzureStorage>> open(std::string_view uri, const azure::Options& options, UploadOptions upload = {});

  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<FileInfo>> list(std::string_view folder) override;
  Result<std::unique_ptr<WritableFile>> create(std::string_view path) override;
  Status put(std::string_view path, std::string_view bytes) override;
  Status put_if_absent(std::string_view path, std::string_view bytes) override;
  bool copies_from_web() const override { return true; }
  /// By Put Block From URL, a block of `UploadOptions::block_bytes` after the other.
  Status copy_from_web(std::string_view path, const WebSource& source) override;
  Status remove(std::string_view path) override;
  /// Where the account has a hierarchical namespace, which the folder itself tells.
  Result<bool> remove_folder(std::string_view path) override;
  std::string address(std::string_view path) const override;
  /// A lease on a blob of that name (see azure_lease.h).
  Result<std::unique_ptr<StorageLock>> lock(std::string_view path) override;

  azure::BlobClient& client() { return *client_; }

 private:
  AzureStorage(AzureLayout layout, std::shared_ptr<azure::BlobClient> client, UploadOptions upload);
  Result<azure::BlobName> blob_of(std::string_view path) const;

  const AzureLayout layout_;
  std::shared_ptr<azure::BlobClient> client_;
  std::shared_ptr<UploadCrew> crew_;
};

}  // namespace voxlake::lake
