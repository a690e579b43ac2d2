#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/sql.h"

namespace voxlake::warehouse {

/// What one scan of a table reads.
struct ScanCost {
  std::string table;
  std::vector<std::string> columns;  ///< read, filters included
  int64_t files = 0;
  int64_t row_groups = 0;       ///< of these files
  int64_t row_groups_read = 0;  ///< the others cannot hold a row that passes the scan's filters
  int64_t column_bytes = 0;     ///< of the pages of these columns in these row groups, as stored
  int64_t footer_bytes = 0;
};

/// What a query would read, as Synapse's serverless SQL pool counts the data that it processes.
struct QueryCost {
  std::vector<ScanCost> scans;
  int64_t bytes() const;
  /// Rounded up to whole megabytes (10^6), at least ten of them.
  /// https://learn.microsoft.com/azure/synapse-analytics/sql/data-processed
  int64_t billed_bytes() const;
  /// `rate` for each 10^12 bytes.
  double price(double rate) const;
};

/// Works out the cost of a query without running it: DuckDB plans it over tables without rows, which tells the columns and filters of each
/// scan; the Parquet footers of the lake tell the bytes. What the footers cannot tell is not in it: what nodes hand each other while the
/// query runs, what the client receives, and the Delta log. invalid_argument for SQL that is wrong.
Result<QueryCost> query_cost(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options);

}  // namespace voxlake::warehouse
