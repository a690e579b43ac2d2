#include "lake/azure_storage.h"

#include <algorithm>

#include "lake/azure_lease.h"

namespace voxlake::lake {

namespace {

bool is_unfinished(std::string_view path) {
  return path.starts_with(unfinished_prefix) || path.find("/" + std::string(unfinished_prefix)) != std::string_view::npos;
}

}  // namespace

AzureStorage::AzureStorage(AzureLayout layout, std::shared_ptr<azure::BlobClient> client, UploadOptions upload)
    : layout_(std::move(layout)), client_(std::move(client)), crew_(std::make_shared<UploadCrew>(upload)) {}

Result<std::unique_ptr<AzureStorage>> AzureStorage::open(std::string_view uri, const azure::Options& options, UploadOptions upload) {
  VOXLAKE_ASSIGN(AzureLayout layout, AzureLayout::parse(uri, options));
  std::shared_ptr<azure::TokenSource> tokens;
  if (options.credential != "key" && options.credential != "sas") {
    VOXLAKE_ASSIGN(tokens, azure::TokenSource::create(options));
  }
  VOXLAKE_ASSIGN(auto client, azure::BlobClient::create(layout.account(), options, std::move(tokens)));
  return std::unique_ptr<AzureStorage>(new AzureStorage(std::move(layout), std::move(client), upload));
}

Result<azure::BlobName> AzureStorage::blob_of(std::string_view path) const {
  VOXLAKE_ASSIGN(const std::string checked, checked_path(path));
  return layout_.blob_of(checked);
}

Result<std::string> AzureStorage::read(std::string_view path) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  return client_->read(name);
}

Result<std::string> AzureStorage::read_range(std::string_view path, int64_t offset, int64_t length) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  if (offset < 0 || length < 0) return failure(ErrorKind::invalid_argument, "cannot read a negative range of " + client_->address(name));
  return client_->read_range(name, offset, length);
}

Result<FileInfo> AzureStorage::info(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  VOXLAKE_ASSIGN(const azure::BlobName name, layout_.blob_of(checked));
  VOXLAKE_ASSIGN(const azure::BlobProperties properties, client_->properties(name));
  if (properties.is_folder) return failure(ErrorKind::not_found, "cannot look at " + client_->address(name) + ": it is a folder");
  return FileInfo{std::move(checked), properties.bytes, properties.modified_ms};
}

Result<std::vector<FileInfo>> AzureStorage::list(std::string_view folder) {
  VOXLAKE_ASSIGN(const std::string checked, checked_path(folder, /*root_allowed=*/true));
  const std::string below = checked.empty() ? "" : checked + "/";
  std::vector<FileInfo> files;
  for (const auto& place : layout_.places_of(checked)) {
    azure::ListPage page;
    do {
      VOXLAKE_ASSIGN(page, client_->list(place.container, place.prefix, page.next));
      for (const azure::ListedBlob& blob : page.blobs) {
        const auto path = layout_.path_of({place.container, blob.name});
        if (blob.is_folder || !path || !path->starts_with(below) || is_unfinished(*path)) continue;
        files.push_back({*path, blob.bytes, blob.modified_ms});
      }
    } while (!page.next.empty());
  }
  std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return files;
}

Result<std::unique_ptr<WritableFile>> AzureStorage::create(std::string_view path) {
  VOXLAKE_ASSIGN(azure::BlobName name, blob_of(path));
  return std::unique_ptr<WritableFile>(std::make_unique<BlockUpload>(client_, crew_, std::move(name)));
}

Status AzureStorage::put(std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(azure::BlobName name, blob_of(path));
  if (static_cast<int64_t>(bytes.size()) <= crew_->options().block_bytes) {
    return client_->put(name, bytes, azure::PutCondition::always);
  }
  BlockUpload upload(client_, crew_, std::move(name));
  VOXLAKE_TRY(upload.write(std::as_bytes(std::span(bytes))));
  return upload.close();
}

Status AzureStorage::put_if_absent(std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  return client_->put(name, bytes, azure::PutCondition::if_absent);
}

Status AzureStorage::copy_from_web(std::string_view path, const WebSource& source) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  return copy_blocks_from_web(*client_, name, source, crew_->options().block_bytes);
}

Status AzureStorage::remove(std::string_view path) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  return client_->remove(name);
}

Result<bool> AzureStorage::remove_folder(std::string_view path) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  Result<azure::BlobProperties> properties = client_->properties(name);
  if (!properties && properties.error().kind == ErrorKind::not_found) return false;  // without hierarchy there are only names
  if (!properties) return propagate(properties);
  if (!properties->is_folder || !properties->in_hierarchy) return false;
  VOXLAKE_TRY(client_->remove_folder(name));
  return true;
}

Result<std::unique_ptr<StorageLock>> AzureStorage::lock(std::string_view path) {
  VOXLAKE_ASSIGN(const azure::BlobName name, blob_of(path));
  VOXLAKE_ASSIGN(auto lease, AzureLease::take(client_, name));
  return std::unique_ptr<StorageLock>(std::move(lease));
}

std::string AzureStorage::address(std::string_view path) const {
  const auto name = path.empty() ? Result<azure::BlobName>(failure(ErrorKind::invalid_argument, "")) : layout_.blob_of(std::string(path));
  if (name) return client_->address(*name);
  return layout_.uri() + (path.empty() ? "" : "/" + std::string(path));
}

}  // namespace voxlake::lake
