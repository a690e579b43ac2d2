#include "lake/memory_storage.h"

#include <algorithm>
#include <chrono>

namespace voxlake::lake {

namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

class MemoryStorage::File final : public WritableFile {
 public:
  File(MemoryStorage& storage, std::string path) : storage_(storage), path_(std::move(path)) {}

  Status write(std::span<const std::byte> bytes) override {
    if (closed_) return failure(ErrorKind::internal, "cannot write " + path_ + ": it is closed");
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Status close() override {
    if (closed_) return failure(ErrorKind::internal, "cannot close " + path_ + ": it is closed");
    closed_ = true;
    return storage_.put(path_, bytes_);
  }

 private:
  MemoryStorage& storage_;
  std::string path_;
  std::string bytes_;
  bool closed_ = false;
};

std::shared_ptr<MemoryStorage> MemoryStorage::copy() const {
  auto result = std::make_shared<MemoryStorage>();
  std::lock_guard lock(mutex_);
  result->files_ = files_;
  return result;
}

Result<MemoryStorage::Content> MemoryStorage::find(std::string_view path) const {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::lock_guard lock(mutex_);
  auto found = files_.find(checked);
  if (found == files_.end()) return failure(ErrorKind::not_found, "cannot open " + checked + ": there is no such file");
  return found->second;
}

Result<std::string> MemoryStorage::read(std::string_view path) {
  VOXLAKE_ASSIGN(Content content, find(path));
  return *content.bytes;
}

Result<std::string> MemoryStorage::read_range(std::string_view path, int64_t offset, int64_t length) {
  VOXLAKE_ASSIGN(Content content, find(path));
  if (offset < 0 || length < 0) return failure(ErrorKind::invalid_argument, "cannot read a negative range of " + std::string(path));
  if (offset >= static_cast<int64_t>(content.bytes->size())) return std::string();
  return content.bytes->substr(static_cast<size_t>(offset), static_cast<size_t>(length));
}

Result<FileInfo> MemoryStorage::info(std::string_view path) {
  VOXLAKE_ASSIGN(Content content, find(path));
  return FileInfo{std::string(path), static_cast<int64_t>(content.bytes->size()), content.modified_ms};
}

Result<std::vector<FileInfo>> MemoryStorage::list(std::string_view folder) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(folder, /*root_allowed=*/true));
  std::string prefix = checked.empty() ? "" : checked + "/";
  std::vector<FileInfo> result;
  std::lock_guard lock(mutex_);
  for (auto file = files_.lower_bound(prefix); file != files_.end() && file->first.starts_with(prefix); ++file) {
    result.push_back({file->first, static_cast<int64_t>(file->second.bytes->size()), file->second.modified_ms});
  }
  return result;
}

Result<std::unique_ptr<WritableFile>> MemoryStorage::create(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, std::move(checked)));
}

Status MemoryStorage::put(std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::lock_guard lock(mutex_);
  files_[checked] = {std::make_shared<const std::string>(bytes), now_ms()};
  return {};
}

Status MemoryStorage::put_if_absent(std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::lock_guard lock(mutex_);
  bool made = files_.try_emplace(checked, Content{std::make_shared<const std::string>(bytes), now_ms()}).second;
  if (!made) return failure(ErrorKind::already_exists, "cannot write " + checked + ": there is such a file");
  return {};
}

Status MemoryStorage::remove(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::lock_guard lock(mutex_);
  files_.erase(checked);
  return {};
}

std::string MemoryStorage::address(std::string_view path) const {
  return "memory:///" + std::string(path);
}

}  // namespace voxlake::lake
