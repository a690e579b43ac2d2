#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lake/storage.h"

namespace voxlake::lake {

/// A lake that lives and dies with this object: for tests and trials.
class MemoryStorage final : public Storage {
 public:
  MemoryStorage() = default;
  /// A lake with the same files, as they are now.
  std::shared_ptr<MemoryStorage> copy() const;

  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<FileInfo>> list(std::string_view folder) override;
  Result<std::unique_ptr<WritableFile>> create(std::string_view path) override;
  Status put(std::string_view path, std::string_view bytes) override;
  Status put_if_absent(std::string_view path, std::string_view bytes) override;
  Status remove(std::string_view path) override;
  std::string address(std::string_view path) const override;

 private:
  class File;
  struct Content {
    std::shared_ptr<const std::string> bytes;
    int64_t modified_ms = 0;
  };
  Result<Content> find(std::string_view path) const;

  mutable std::mutex mutex_;
  std::map<std::string, Content, std::less<>> files_;  ///< guarded by mutex_
};

}  // namespace voxlake::lake
