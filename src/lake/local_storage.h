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
/// `put_if_absent`, linked) to its own name, so that a reader or a crash never meets half a file. Only `put_if_absent_after` gives names
/// before it flushes (and never over a name that is taken): its files matter to nobody before the last one names them. The writer holds a
/// lock (flock) on its hidden file: hidden files without one were left behind by a process that died, and are removed when this store first
/// writes to their folder. A folder that is removed gets a hidden name first.
class LocalStorage final : public Storage {
 public:
  /// Opens `folder`. It need not be there yet: it and its parents are made with the first file.
  /// Without `flush` nothing waits for the disk: what was closed survives the end of the process, but not a power cut, which may then
  /// leave any file torn or empty.
  static Result<std::unique_ptr<LocalStorage>> open(std::string_view folder, bool flush = true);

  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<FileInfo>> list(std::string_view folder) override;
  // (once; not_found where a folder below went away meanwhile)
  Result<std::vector<FileInfo>> list_once(const std::string& checked) const;
  Result<std::unique_ptr<WritableFile>> create(std::string_view path) override;
  Status close_together(std::span<WritableFile* const> files) override;
  Status put_if_absent_after(std::span<WritableFile* const> files, std::string_view path, std::string_view bytes) override;
  Status put(std::string_view path, std::string_view bytes) override;
  Status put_if_absent(std::string_view path, std::string_view bytes) override;
  Status remove(std::string_view path) override;
  Result<bool> remove_folder(std::string_view path) override;
  std::string address(std::string_view path) const override;
  std::optional<std::string> local_file(std::string_view path) const override { return address(path); }

 private:
  class File;
  LocalStorage(std::string root, bool flush) : root_(std::move(root)), flush_(flush) {}
  /// Opens a new hidden file for `path`, its folder made.
  Result<std::unique_ptr<File>> begin(std::string_view path);
  /// Removes what dead writers left in `folder`, once for each folder.
  void sweep(const std::string& folder);
  /// Waits until the bytes of `files` and the names in `folders` are on the disk. Folders that cannot be opened are not an error.
  Status flush(std::span<File* const> files, const std::set<std::string>& folders) const;

  const std::string root_;  ///< absolute, without a trailing `/`
  const bool flush_;
  std::mutex mutex_;
  std::set<std::string> swept_;  ///< guarded by mutex_
};

}  // namespace voxlake::lake
