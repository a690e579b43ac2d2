#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "lake/table.h"

namespace voxlake::lake {

/// How much of a Parquet file its columns take, from its footer alone.
struct ParquetExtent {
  using Value = std::variant<int64_t, double, std::string>;
  /// A column of a row group: all of its leaves.
  struct Column {
    int64_t bytes = 0;                       ///< as stored: its pages, dictionary included
    std::optional<Value> smallest, largest;  ///< where the file tells; of whole numbers, floating-point numbers and texts
  };
  struct RowGroup {
    int64_t rows = 0;
    std::map<std::string, Column> columns;  ///< by top-level name
  };
  int64_t footer_bytes = 0;
  std::vector<RowGroup> row_groups;
};

/// `bytes`: the file's size.
Result<ParquetExtent> parquet_extent(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes);

/// Calls `visit` with the extent of each data file of a table, one at a time, in any order. Where the files are not on this machine's disks
/// several footers are asked for at once.
Status visit_parquet_extents(const Table& table, const std::function<void(const ParquetExtent&)>& visit);

}  // namespace voxlake::lake
