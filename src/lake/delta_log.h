#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"

/// The files of a Delta log: how they are called, and what a listing of them tells.
namespace voxlake::lake::delta {

std::string log_folder(const std::string& table);
/// What the commit file of version `version` is called, below the lake's root.
std::string commit_path(const std::string& table, int64_t version);

/// A checkpoint, which may be in several parts.
struct Checkpoint {
  int64_t version = -1;
  int64_t parts = 1;
};

std::vector<std::string> checkpoint_paths(const std::string& table, const Checkpoint& checkpoint);

/// A commit that the log still has. Its time is when its file was written, as Spark and delta-rs tell it, and never before that of an
/// older version, whatever the clocks said.
struct LogEntry {
  int64_t version = 0;
  int64_t time_ms = 0;
};

/// What a log's folder holds, all lists rising by version.
struct LogListing {
  std::vector<LogEntry> commits;
  std::vector<Checkpoint> checkpoints;  ///< those with all their parts
  /// Commit and checkpoint files with their versions: what may be cleaned away.
  struct File {
    int64_t version = 0;
    std::string path;
  };
  std::vector<File> files;

  /// The newest checkpoint not past `version`.
  std::optional<Checkpoint> checkpoint_for(std::optional<int64_t> version) const;
  /// The oldest version that can be put together; nothing where the log is empty or broken.
  std::optional<int64_t> oldest_version() const;
  /// The newest commit that was there at `time_ms`, of those that can be put together.
  std::optional<LogEntry> commit_at(int64_t time_ms) const;
};

Result<LogListing> list_log(Storage& storage, const std::string& table);

/// The text of `_last_checkpoint`, and what it says; nothing where it is absent or unreadable, for it is only a hint.
std::string last_checkpoint_path(const std::string& table);
std::string last_checkpoint_text(int64_t version, size_t actions, size_t bytes, size_t adds);
std::optional<Checkpoint> last_checkpoint_hint(Storage& storage, const std::string& table);

/// Removes commits and checkpoints that no version from the last `keep_ms` milliseconds before `now_ms` needs: all before the newest
/// checkpoint that is not newer than the newest commit from before then. What is kept can be opened at any of its versions; the newest
/// checkpoint and every commit from it on always stay. (Delta protocol, "Metadata Cleanup".) Gives the number of files removed.
Result<int64_t> clean_log(Storage& storage, const std::string& table, int64_t keep_ms, int64_t now_ms);

}  // namespace voxlake::lake::delta
