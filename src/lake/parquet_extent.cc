#include "lake/parquet_extent.h"

#include <arrow/io/interfaces.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include <string_view>
#include <utility>

#include "lake/arrow_error.h"
#include "lake/data_file_reader.h"

namespace voxlake::lake {

namespace {

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
    return failure(ErrorKind::corrupt_data, "cannot read the footer of " + path + ": " + error.what());
  }
}

}  // namespace voxlake::lake
