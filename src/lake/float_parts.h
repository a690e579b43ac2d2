#pragma once

#include <cstdint>
#include <vector>

#include "lake/level_runs.h"
#include "lake/parquet_file.h"

namespace voxlake::lake {

/// The rows of one row group of thousands of nullable columns of 32-bit floats, as they came: in parts of a few rows, each column after
/// column. A column's page is gathered when it is written: the parts' memory is then read from its beginning to its end, where putting each
/// part into columns of their own would touch a page of memory for each of some four thousand columns. Not thread safe.
class FloatParts {
 public:
  /// `values`: the value of column c in row r is values[c * rows + r]; what is not finite is null.
  void add(std::vector<float> values, int64_t rows);
  int64_t rows() const { return rows_; }
  /// Writes all rows of a column.
  void write(size_t column, ColumnPages& pages);
  /// The next row group begins.
  void clear();

 private:
  struct Part {
    std::vector<float> values;
    int64_t rows = 0;
  };
  void write_page(int64_t count, ColumnPages& pages);

  std::vector<Part> parts_;
  int64_t rows_ = 0;
  std::vector<float> gathered_;
  std::vector<int64_t> null_rows_;
  std::vector<uint8_t> page_;
};

}  // namespace voxlake::lake
