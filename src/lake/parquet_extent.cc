#include "lake/parquet_extent.h"

#include <arrow/io/interfaces.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "lake/arrow_error.h"
#include "lake/data_file_reader.h"

namespace voxlake::lake {

namespace {

constexpr size_t requests_at_once = 16;

template <typename Kind, typename Stored>
void take_bounds(const parquet::Statistics& statistics, ParquetExtent::Column& column) {
  const auto& typed = static_cast<const parquet::TypedStatistics<Kind>&>(statistics);
  column.smallest.emplace(std::in_place_type<Stored>, static_cast<Stored>(typed.min()));
  column.largest.emplace(std::in_place_type<Stored>, static_cast<Stored>(typed.max()));
}

void take_bounds(const parquet::ColumnChunkMetaData& chunk, ParquetExtent::Column& column) {
  const auto statistics = chunk.statistics();
  if (statistics == nullptr || !statistics->HasMinMax()) return;
  switch (chunk.type()) {
    case parquet::Type::INT32: return take_bounds<parquet::Int32Type, int64_t>(*statistics, column);
    case parquet::Type::INT64: return take_bounds<parquet::Int64Type, int64_t>(*statistics, column);
    case parquet::Type::FLOAT: return take_bounds<parquet::FloatType, double>(*statistics, column);
    case parquet::Type::DOUBLE: return take_bounds<parquet::DoubleType, double>(*statistics, column);
    case parquet::Type::BYTE_ARRAY: {
      const auto& typed = static_cast<const parquet::ByteArrayStatistics&>(*statistics);
      column.smallest.emplace(std::in_place_type<std::string>, std::string_view(typed.min()));
      column.largest.emplace(std::in_place_type<std::string>, std::string_view(typed.max()));
      return;
    }
    default: return;
  }
}

ParquetExtent::RowGroup extent_of(const parquet::RowGroupMetaData& metadata, const parquet::SchemaDescriptor& schema) {
  ParquetExtent::RowGroup group;
  group.rows = metadata.num_rows();
  for (int leaf = 0; leaf < metadata.num_columns(); ++leaf) {
    const auto chunk = metadata.ColumnChunk(leaf);
    const parquet::schema::Node* root = schema.GetColumnRoot(leaf);
    ParquetExtent::Column& column = group.columns[root->name()];
    column.bytes += chunk->total_compressed_size();
    if (root->is_primitive()) take_bounds(*chunk, column);
  }
  return group;
}

}  // namespace

Result<ParquetExtent> parquet_extent(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes) {
  VOXLAKE_ASSIGN(auto file, open_random_access(std::move(storage), path, bytes));
  try {
    const auto reader = parquet::ParquetFileReader::Open(std::move(file));
    const auto metadata = reader->metadata();
    ParquetExtent extent;
    constexpr int64_t tail_bytes = 8;  // the footer's length and the magic number
    extent.footer_bytes = metadata->size() + tail_bytes;
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      extent.row_groups.push_back(extent_of(*metadata->RowGroup(i), *metadata->schema()));
    }
    return extent;
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::corrupt_data, "cannot read the footer of " + path));
  }
}

Status visit_parquet_extents(const Table& table, const std::function<void(const ParquetExtent&)>& visit) {
  const std::vector<DataFile>& files = table.files();
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status failed;
  const auto read = [&] {
    for (size_t i = next++; i < files.size(); i = next++) {
      auto extent = parquet_extent(table.storage(), table.path() + "/" + files[i].path, files[i].bytes);
      const std::lock_guard lock(mutex);
      if (!failed) return;
      if (extent) {
        visit(*extent);
      } else {
        failed = propagate(extent);
      }
    }
  };
  std::vector<std::jthread> readers;
  const size_t more = table.storage()->local_file(table.path()) ? 0 : std::min(files.size(), requests_at_once);
  for (size_t i = 1; i < more; ++i) readers.emplace_back(read);
  read();
  readers.clear();  // waits for them
  return failed;
}

}  // namespace voxlake::lake
