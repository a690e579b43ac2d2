#pragma once

#include <cstdint>
#include <memory>

#include "error/result.h"
#include "scratch/limits.h"

namespace arrow {
class Array;
}
namespace parquet {
class RowGroupReader;
}

namespace voxlake::lake {

/// Whether a column is one of lists of 32-bit floats that hold more than twice what `limits` lets lie in memory.
bool has_long_lists(const parquet::RowGroupReader& group, int leaf, const scratch::Limits& limits);

/// Reads such a column piece by piece: an array of lists whose values lie in a file (SpoolBuffer). Arrow's own reader takes some twelve
/// bytes of memory a value. Null where a value within a list is null: that only Arrow's reader can do. Throws what Parquet's reader throws.
Result<std::shared_ptr<arrow::Array>> read_long_lists(parquet::RowGroupReader& group, int leaf, const scratch::Limits& limits);

}  // namespace voxlake::lake
