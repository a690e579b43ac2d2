#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lake/parquet_extent.h"

namespace voxlake::warehouse {

/// What DuckDB's plan says that a scan filters by: `seconds>2.0 AND gender='female'`. Read for two ends: which columns it needs, and which
/// row groups or files cannot hold a row that passes. What is not understood is taken to let everything pass.
class ScanFilter {
 public:
  /// `columns`: those of the table.
  ScanFilter(const std::vector<std::string>& texts, const std::set<std::string>& columns);

  const std::set<std::string>& columns() const { return columns_; }
  /// Whether it rules anything out.
  bool is_selective() const { return !clauses_.empty(); }
  /// False only where the statistics tell that no row passes. Bounds of a column that may hold NaN must not say a largest value: for DuckDB
  /// NaN is above all numbers.
  bool may_pass(const lake::ParquetExtent::RowGroup& group) const;

 private:
  struct Term {
    std::string column;
    std::string comparison;  ///< =, <, <=, >, >=
    lake::ParquetExtent::Value value;
  };
  using Clause = std::vector<Term>;  ///< one of them must hold
  void read(std::string_view text, const std::set<std::string>& columns);
  /// The terms that `text` is an alternative of; none where it is not understood.
  Clause read_clause(std::string_view text, const std::set<std::string>& columns);
  static bool may_pass(const Term& term, const lake::ParquetExtent::RowGroup& group);

  std::set<std::string> columns_;
  std::vector<Clause> clauses_;  ///< all must hold
};

}  // namespace voxlake::warehouse
