#pragma once

#include <duckdb.h>

#include <memory>
#include <string>

#include "error/result.h"
#include "lake/storage.h"
#include "lake/table.h"
#include "warehouse/duckdb_library.h"

namespace voxlake::warehouse {

/// Teaches DuckDB the table function `voxlake_scan(table, version)`: the rows of a version of a table in `storage`, read by ourselves, so
/// that DuckDB needs neither an extension nor our credentials for a lake that is not on this machine's disks. Only the columns that a query
/// uses are read; files are read in parallel. Filters are applied by DuckDB to what was read. `database` is the connection's.
Status add_lake_scan(const DuckdbLibrary& library, duckdb_database database, duckdb_connection connection,
                     std::shared_ptr<lake::Storage> storage);

/// `voxlake_scan('silver/utterances', 3)`
std::string lake_scan_call(const lake::Table& table);

}  // namespace voxlake::warehouse
