#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"

namespace voxlake::lake {

struct VacuumOptions {
  int64_t retention_ms = 0;  ///< files that belonged to a version of this long ago or later stay
  int64_t now_ms = 0;        ///< milliseconds since 1970, UTC
  const std::atomic<bool>* stop = nullptr;
  bool dry_run = false;  ///< only tell
};

struct VacuumResult {
  std::vector<FileInfo> files;  ///< removed, or to be removed
  int64_t bytes = 0;            ///< of these
  int64_t kept_files = 0;       ///< in the folder, that the table or a version within the retention has, or that are too young to tell
};

/// Removes data files in the table's folder that no version from the last `retention_ms` has: neither the newest, nor any that the log
/// shows to have been there since. A file that no version has (a writer may just be about to commit it, or died before it did) is removed
/// once it is older than the retention itself. So a reader that opened the table within the retention never misses a file.
///
/// Files and folders whose names begin with `_` or `.` are no data files and stay. Stopped at any point, what is left is removed by the
/// next call. cancelled where `stop` was set.
Result<VacuumResult> vacuum(const std::shared_ptr<Storage>& storage, std::string path, const VacuumOptions& options);

}  // namespace voxlake::lake
