#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "error/result.h"
#include "lake/storage.h"
#include "lake/table_properties.h"

namespace voxlake::lake {

struct OptimizeOptions {
  int64_t target_bytes = int64_t{128} << 20;    ///< as stored: files of up to half of it are joined up to it
  int64_t row_group_bytes = int64_t{32} << 20;  ///< of a joined file, uncompressed
  int64_t commit_bytes = int64_t{1} << 30;      ///< a commit is made when this much was joined: what a kill loses at most
  Retention retention = {};                     ///< for the checkpoint and clean-up that a commit may bring
  const std::atomic<bool>* stop = nullptr;      ///< asked between two files
  bool dry_run = false;                         ///< only count
};

struct OptimizeResult {
  int64_t files_removed = 0, bytes_removed = 0;
  int64_t files_added = 0, bytes_added = 0;
  int64_t files_left_to_others = 0;  ///< joined in vain, because another writer replaced them meanwhile
  int64_t commits = 0;
  int64_t version = 0;  ///< of the table after
};

/// Joins small data files of the table in folder `path` into larger ones, without changing a row: commits that say `dataChange: false`, so
/// that readers of changes pass over them. The files that are replaced stay in the store for those who read an older version, until
/// `vacuum` finds them past their retention.
///
/// Where another writer commits first, its commit stands: files that it removed are left out of ours, and rows that it added are not
/// touched. A writer that was about to remove rows of a file that was joined meanwhile finds them in the new one. Stopped at any point, the
/// table holds the rows that it held.
///
/// Memory: one joined file as stored (target_bytes), a row group of a source and, twice, one of the target.
/// cancelled where `stop` was set; what was committed by then stays.
Result<OptimizeResult> optimize(std::shared_ptr<Storage> storage, std::string path, const OptimizeOptions& options);

}  // namespace voxlake::lake
