#pragma once

#include <duckdb.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "lake/table.h"
#include "warehouse/duckdb_library.h"
#include "warehouse/scan_filter.h"

namespace voxlake::warehouse {

/// The filters of the query that is to run, by the path of the tables that it scans: one for each scan. A file whose rows pass none of them
/// is not read. Set before the query, asked by DuckDB's threads.
class LakeFilters {
 public:
  using ByTable = std::map<std::string, std::vector<ScanFilter>>;
  void set(ByTable filters);
  /// Which of the data files of a version of a table may hold rows for the query, by their places in `files()`.
  std::vector<size_t> files_to_read(const lake::Table& table) const;

 private:
  mutable std::mutex mutex_;
  ByTable filters_;
};

/// Teaches DuckDB the table function `voxlake_scan(table, version)`: the rows of a version of a table in `storage`, read by ourselves, so
/// that DuckDB needs neither an extension nor our credentials for a lake that is not on this machine's disks. Only the columns that a query
/// uses are read, from the files that `filters` do not rule out; files are read in parallel. DuckDB itself then filters what was read: its
/// C interface does not tell a function the filters of a query. `database` is the connection's.
Status add_lake_scan(const DuckdbLibrary& library, duckdb_database database, duckdb_connection connection,
                     std::shared_ptr<lake::Storage> storage, std::shared_ptr<LakeFilters> filters);

/// `voxlake_scan('silver/utterances', 3)`
std::string lake_scan_call(const lake::Table& table);

}  // namespace voxlake::warehouse
