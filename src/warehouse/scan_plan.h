#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/as_of.h"
#include "lake/storage.h"
#include "lake/table.h"
#include "warehouse/duckdb.h"
#include "warehouse/scan_filter.h"

namespace voxlake::warehouse {

/// A scan of one of the lake's tables, as DuckDB would do it for a query.
struct PlannedScan {
  lake::Table table;
  std::vector<std::string> columns;  ///< read, filters included
  ScanFilter filter;
};

/// Tells what queries would scan, without running them: DuckDB plans them over tables of the same names and columns that have no rows.
/// What a plan says of a scan's filters holds whatever the tables hold, so that rows which pass no scan's filter can be left out of a table
/// without changing an answer. Not thread safe.
class ScanPlanner {
 public:
  /// The views are those of views.h. not_found where the lake has no tables.
  static Result<ScanPlanner> open(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set, const lake::AsOf& as_of);

  /// invalid_argument for SQL that is wrong, or no query.
  Result<std::vector<PlannedScan>> plan(const std::string& sql, const std::map<std::string, std::string>& parameters);

 private:
  /// A table, and the names of its columns.
  struct Planned {
    lake::Table table;
    std::set<std::string> columns;
  };
  ScanPlanner(Database database, std::vector<Planned> tables) : database_(std::move(database)), tables_(std::move(tables)) {}

  Database database_;
  std::vector<Planned> tables_;  ///< by the number that their stand-ins are named by
};

}  // namespace voxlake::warehouse
