#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lake/level_runs.h"
#include "lake/parquet_file.h"

namespace arrow {
struct ArrayData;
}

namespace voxlake::lake {

/// The rows of one row group of a table's columns of single 32-bit floats, column by column in one piece of memory, and their pages.
/// Features have thousands of such columns: an Arrow builder and a column writer for each took 16 to 25 microseconds a column and row
/// group. Not thread safe.
class FloatColumns {
 public:
  /// Room for `rows` rows; memory is taken as rows come.
  FloatColumns(size_t columns, int64_t rows);

  /// Puts values `offset` to `offset + length` of an array into rows `row` and on. Every column is given the same rows, in order.
  void put(size_t column, int64_t row, const arrow::ArrayData& values, int64_t offset, int64_t length);
  /// Writes the first `rows` rows of a column.
  void write(size_t column, int64_t rows, bool nullable, ColumnPages& pages);
  /// The next row group begins.
  void clear();

 private:
  const int64_t capacity_;
  std::unique_ptr<float[]> values_;              ///< columns x capacity; a null's value is anything
  std::vector<std::vector<int64_t>> null_rows_;  ///< by column, ascending
  std::vector<uint8_t> page_;
};

}  // namespace voxlake::lake
