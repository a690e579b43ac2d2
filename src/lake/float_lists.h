#pragma once

#include <cstdint>
#include <memory>

#include "lake/parquet_file.h"

namespace arrow {
struct ArrayData;
}

namespace voxlake::lake {

/// The rows of one row group of a column of lists of 32-bit floats (signals), and their pages.
///
/// A signal that was recorded with 16 bits has values n / 32,768: such rows are kept as 16-bit steps and written as indices into a
/// dictionary of the values that occur in the row group, packed to as few bits as they need (13 to 16 for speech), which halves them
/// without loss, up to the first row that is none; this and all behind it are written as they are, for Spark's sake. Parquet's own
/// dictionary encoder looks each value up in a hash table and gives all rows behind the first large dictionary up; it took 310 microseconds
/// for a second of audio, this takes a tenth.
///
/// A row of a minute and more whose values lie in a file (SpoolBuffer) stays there, and is read piece by piece, with the same bytes coming
/// out. Not thread safe.
class FloatLists {
 public:
  FloatLists();
  ~FloatLists();
  /// Takes rows `offset` to `offset + length` of a list array. The array's memory is kept only where a row is not of 16-bit steps, or in a
  /// file.
  void append(std::shared_ptr<const arrow::ArrayData> lists, int64_t offset, int64_t length);
  void write(const parquet::ColumnDescriptor& descriptor, bool lists_nullable, ColumnPages& pages);
  /// The next row group begins.
  void clear();

 private:
  struct Rows;
  std::unique_ptr<Rows> rows_;
};

}  // namespace voxlake::lake
