#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"
#include "lake/delta_actions.h"
#include "lake/parquet_extent.h"

namespace arrow {
class Array;
class DataType;
class Schema;
}  // namespace arrow

namespace voxlake::lake {

/// Whether a column is a key or a count, whose smallest and largest values help a reader to skip files; floats (features) and lists are
/// not.
bool has_statistics(const arrow::DataType& type);

/// Gathers the statistics of one data file as Delta's per-file statistics: for at most 32 columns, of kinds as above.
class FileStatistics {
 public:
  explicit FileStatistics(const arrow::Schema& schema);
  ~FileStatistics();
  FileStatistics(FileStatistics&&) noexcept;
  /// Adds values of column `index`.
  void add(int index, const arrow::Array& values);
  std::string to_json(int64_t rows) const;

 private:
  struct Column;
  std::vector<std::unique_ptr<Column>> columns_;  ///< by the schema's index; null where none are gathered
};

/// What the log says of the smallest and largest values of `columns` in a data file, as far as they can be relied upon: for texts, whole
/// numbers and doubles of `schema`, and no largest double in a file that another program wrote, which may hold NaN beside it.
ParquetExtent::RowGroup stated_bounds(const delta::AddFile& file, const arrow::Schema& schema, const std::set<std::string>& columns);

/// Whether a file with the statistics `stats` may hold `value` in the string column `column`: false only where it certainly does not.
class StringBounds {
 public:
  StringBounds(std::string_view stats, const std::string& column);
  bool may_hold(std::string_view value) const;

 private:
  bool known_ = false;
  std::string smallest_, largest_;
};

}  // namespace voxlake::lake
