#include "lake/long_lists.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <vector>

#include "lake/arrow_error.h"
#include "lake/spool_buffer.h"

namespace voxlake::lake {
namespace {

constexpr int64_t piece_values = int64_t{1} << 16;

/// What the definition levels of a column of lists mean.
struct LevelMeaning {
  explicit LevelMeaning(const parquet::ColumnDescriptor& column)
      : value(column.max_definition_level()), null_element(column.schema_node()->is_optional() ? value - 1 : -1) {
    empty = static_cast<int16_t>(value - (column.schema_node()->is_optional() ? 2 : 1));
  }
  int16_t value;
  int null_element;
  int16_t empty = 0;  ///< below it: no list
};

/// Lists in the making: where each ends, and which are there.
struct Lists {
  std::vector<int32_t> offsets;
  arrow::TypedBufferBuilder<bool> valid;
  int64_t nulls = 0;
};

}  // namespace

bool has_long_lists(const parquet::RowGroupReader& group, int leaf, const scratch::Limits& limits) {
  const parquet::ColumnDescriptor& column = *group.metadata()->schema()->Column(leaf);
  if (column.physical_type() != parquet::Type::FLOAT || column.max_repetition_level() != 1) return false;
  return group.metadata()->ColumnChunk(leaf)->num_values() > limits.most_in_memory / static_cast<int64_t>(sizeof(float)) * 2;
}

Result<std::shared_ptr<arrow::Array>> read_long_lists(parquet::RowGroupReader& group, int leaf, const scratch::Limits& limits) {
  const std::string doing = "cannot read long lists";
  const LevelMeaning levels(*group.metadata()->schema()->Column(leaf));
  const auto column = group.Column(leaf);
  auto& reader = static_cast<parquet::FloatReader&>(*column);
  scratch::Limits in_file = limits;
  in_file.most_in_memory = 0;
  scratch::Spool<float> values(in_file);
  Lists lists;
  std::vector<int16_t> definition(piece_values), repetition(piece_values);
  std::vector<float> piece(piece_values);
  int64_t length = 0;
  while (reader.HasNext()) {
    int64_t read = 0;
    const int64_t count = reader.ReadBatch(piece_values, definition.data(), repetition.data(), piece.data(), &read);
    if (count == 0) break;
    for (int64_t i = 0; i < count; ++i) {
      const int16_t level = definition[static_cast<size_t>(i)];
      if (level == levels.null_element) return std::shared_ptr<arrow::Array>();
      if (repetition[static_cast<size_t>(i)] == 0) {
        lists.offsets.push_back(static_cast<int32_t>(length));
        VOXLAKE_ARROW_TRY(doing, lists.valid.Append(level >= levels.empty));
        lists.nulls += level < levels.empty ? 1 : 0;
      }
      length += level == levels.value ? 1 : 0;
    }
    if (length > INT32_MAX) return std::shared_ptr<arrow::Array>();
    VOXLAKE_TRY(values.append(std::span(piece).first(static_cast<size_t>(read))));
  }
  lists.offsets.push_back(static_cast<int32_t>(length));
  VOXLAKE_TRY(values.finish());
  std::shared_ptr<arrow::Buffer> valid;
  VOXLAKE_ARROW_TRY(doing, lists.valid.Finish(&valid));
  const auto rows = static_cast<int64_t>(lists.offsets.size()) - 1;
  const auto elements = std::make_shared<arrow::FloatArray>(length, std::make_shared<SpoolBuffer>(std::move(values)));
  std::shared_ptr<arrow::Buffer> offsets = arrow::Buffer::FromVector(std::move(lists.offsets));
  return std::shared_ptr<arrow::Array>(std::make_shared<arrow::ListArray>(arrow::list(arrow::field("element", arrow::float32())), rows,
                                                                          std::move(offsets), elements, lists.nulls > 0 ? valid : nullptr,
                                                                          lists.nulls));
}

}  // namespace voxlake::lake
