#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "azure/options.h"
#include "error/result.h"

namespace voxlake::lake {

/// What is known of a stored file.
struct FileInfo {
  std::string path;  ///< relative to the lake's root, `/` between parts
  int64_t bytes = 0;
  int64_t modified_ms = 0;  ///< milliseconds since 1970, UTC
};

/// How files are sent to a store on a network.
struct UploadOptions {
  int64_t block_bytes = int64_t{8} << 20;       ///< a file of at most this goes in one piece
  int threads = 6;                              ///< that send blocks
  int64_t bytes_in_flight = int64_t{64} << 20;  ///< of blocks that wait or are being sent, over all files
};

/// A file of the web that a store can fetch by itself.
struct WebSource {
  std::string url;  ///< readable by anybody: the store asks for it without a credential
  int64_t bytes = 0;
  std::string etag;  ///< a strong one, which every part has to have; empty where the server named none
};

/// A file in the making. Nobody sees it before `close` returned success; destroying it unclosed leaves nothing behind.
/// Not thread safe.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
  /// No more is written: a store on a network may begin to finish the file while the caller does something else, and `close` waits for it.
  virtual Status begin_close() { return {}; }
  /// Makes the file durable and visible under its name, replacing what was there.
  virtual Status close() = 0;
};

/// Keeps others from what it stands for while it lives.
class StorageLock {
 public:
  virtual ~StorageLock() = default;
};

/// The seam between Voxlake and whatever keeps the lake: a folder, Azure storage, or a store in a test that fails on demand.
/// All paths are relative to the lake's root, with `/`. Thread safe.
class Storage {
 public:
  virtual ~Storage() = default;
  /// The whole content. not_found where there is no such file.
  virtual Result<std::string> read(std::string_view path) = 0;
  /// `length` bytes from `offset`, fewer only at the end of the file.
  virtual Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) = 0;
  virtual Result<FileInfo> info(std::string_view path) = 0;
  /// All files below `folder`, at any depth, sorted by path. An absent folder is an empty list. Files in the making are not listed.
  virtual Result<std::vector<FileInfo>> list(std::string_view folder) = 0;
  virtual Result<std::unique_ptr<WritableFile>> create(std::string_view path) = 0;
  /// Closes files of this store together, which costs less than one by one where a disk has to be waited for. After an error some of them
  /// may be closed.
  virtual Status close_together(std::span<WritableFile* const> files);
  /// Closes `files` together and then writes `path` as `put_if_absent` does: whoever finds it finds them too, also after a power cut. Costs
  /// less than the one after the other where a disk has to be waited for. On already_exists the files are closed; after another error some
  /// of them may be. Each file is seen as a whole or not at all, but perhaps before it is durable: it must not matter to anybody until
  /// `path` says that it is there.
  virtual Status put_if_absent_after(std::span<WritableFile* const> files, std::string_view path, std::string_view bytes);
  /// Writes a small file in one go, atomically replacing what was there.
  virtual Status put(std::string_view path, std::string_view bytes) = 0;
  /// Writes a small file only where none is; already_exists where one is. Atomic among all writers.
  virtual Status put_if_absent(std::string_view path, std::string_view bytes) = 0;
  /// Whether `copy_from_web` may be asked for.
  virtual bool copies_from_web() const { return false; }
  /// Has the store itself fetch a file, so that no byte of it passes through this process, and makes it durable and visible. What the store
  /// cannot reach, may not read or finds changed meanwhile is an error, after which the file may be written as usual.
  virtual Status copy_from_web(std::string_view path, const WebSource& source);
  /// Removes a file; success when it was not there.
  virtual Status remove(std::string_view path) = 0;
  /// Removes a folder with all that is in it at one stroke, where this store can do that: true then, and where there is no such folder.
  /// False where it cannot: nothing was done.
  virtual Result<bool> remove_folder([[maybe_unused]] std::string_view path) { return false; }
  /// How others open `path`: an absolute file path, or an abfss:// URL.
  virtual std::string address(std::string_view path) const = 0;
  /// The absolute path of the file that holds `path`, where this store keeps its files on this machine's disks: a reader may open it
  /// directly.
  virtual std::optional<std::string> local_file([[maybe_unused]] std::string_view path) const { return std::nullopt; }
  /// Takes the lock of the name `path`, where this store has locks of its own; null where it has none. conflict where somebody else holds
  /// it. It ends with its holder, however that ends.
  virtual Result<std::unique_ptr<StorageLock>> lock([[maybe_unused]] std::string_view path) { return std::unique_ptr<StorageLock>(); }
};

/// `path` without trailing `/`, or invalid_argument where it is not a path below the root: absolute, empty (unless `root_allowed`), with an
/// empty part, `.` or `..`, or with a part that begins like the files that are still in the making.
Result<std::string> checked_path(std::string_view path, bool root_allowed = false);

/// How the names of files in the making begin: `list` hides them.
inline constexpr std::string_view unfinished_prefix = ".tmp-";

/// How to reach a lake that is not on this machine's disks.
struct StorageOptions {
  azure::Options azure;
  UploadOptions upload;
  bool flush = true;  ///< see LocalStorage::open
};

/// Opens the lake at `uri`: a folder (made with its first file), file:///…, or abfss://… in Azure storage (see azure_layout.h).
Result<std::shared_ptr<Storage>> open_storage(std::string_view uri, const StorageOptions& options = {});

}  // namespace voxlake::lake
