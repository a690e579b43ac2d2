#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lake/storage.h"

namespace voxlake::lake {

/// A lake in a folder.
///
/// A file is written under a hidden name (`.tmp-…`) in the folder where it will be, flushed to the disk, and then renamed (or, for
/// `put_if_absent`, linked) to its own name, so that a reader or a crash never meets half a file. The writer holds a lock (flock) on its
/// hidden file: hidden files without one were left behind by a process that died, and are removed when this store first writes to their
/// folder.
class LocalStorage final : public Storage {
 public:
  /// Opens `folder`. It need not be there yet: it and its parents are made with the first file.
  static Result<std::unique_ptr<LocalStorage>> open(std::string_view folder);

  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<FileInfo>> list(std::string_view folder) override;
  Result<std::unique_ptr<WritableFile>> create(std::string_view path) override;
  Status close_together(std::span<WritableFile* const> files) override;
  Status put(std::string_view path, std::string_view bytes) override;
  Status put_if_absent(std::string_view path, std::string_view bytes) override;
  Status remove(std::string_view path) override;
  std::string address(std::string_view path) const override;
  std::optional<std::string> local_file(std::string_view path) const override { return address(path); }

 private:
  class File;
  explicit LocalStorage(std::string root) : root_(std::move(root)) {}
  /// Opens a new hidden file for `path`, its folder made.
  Result<std::unique_ptr<File>> begin(std::string_view path);
  /// Removes what dead writers left in `folder`, once for each folder.
  void sweep(const std::string& folder);

  const std::string root_;  ///< absolute, without a trailing `/`
  std::mutex mutex_;
  std::set<std::string> swept_;  ///< guarded by mutex_
};

}  // namespace voxlake::lake
