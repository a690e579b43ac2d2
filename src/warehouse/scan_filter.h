#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lake/parquet_extent.h"

namespace voxlake::warehouse {

/// What DuckDB's plan says that a scan filters by: `seconds>2.0 AND gender='female'`. Read for two ends: which columns it needs, and which
/// row groups cannot hold a row that passes. Terms that are not understood are taken to let everything pass.
class ScanFilter {
 public:
  /// `columns`: those of the table.
  ScanFilter(const std::vector<std::string>& texts, const std::set<std::string>& columns);

  const std::set<std::string>& columns() const { return columns_; }
  /// False only where the statistics tell that no row passes.
  bool may_pass(const lake::ParquetExtent::RowGroup& group) const;

 private:
  struct Term {
    std::string column;
    std::string comparison;  ///< =, <, <=, >, >=
    lake::ParquetExtent::Value value;
  };
  void read(std::string_view text, const std::set<std::string>& columns);
  void read_term(std::string_view text, const std::set<std::string>& columns);
  static bool may_pass(const Term& term, const lake::ParquetExtent::Column& column);

  std::set<std::string> columns_;
  std::vector<Term> terms_;  ///< all must hold
};

}  // namespace voxlake::warehouse
