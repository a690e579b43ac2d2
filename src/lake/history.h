#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/delta_actions.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// What one commit did.
struct HistoryEntry {
  int64_t version = 0;
  int64_t time_ms = 0;  ///< by which `Table::open_at` finds it
  delta::CommitInfo info;
  int64_t files_added = 0, bytes_added = 0, rows_added = 0;
  int64_t files_removed = 0, bytes_removed = 0;
  bool changed_columns = false;
  bool changed_rows = false;  ///< false for commits that only moved rows between files
};

/// The newest `limit` commits that the log of the table still has (0: all), newest first; not_found where there is no table.
Result<std::vector<HistoryEntry>> table_history(Storage& storage, const std::string& table, int64_t limit);

}  // namespace voxlake::lake
