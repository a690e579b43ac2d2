#include "warehouse/copy_binary.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace voxlake::warehouse {

namespace {

/// Microseconds from 1970 to 2000, from where PostgreSQL counts.
constexpr int64_t epoch_us = int64_t{946'684'800} * 1'000'000;

/// Appends a number in network order.
template <typename Number>
void put(std::string& out, Number number) {
  using Bits = std::conditional_t<sizeof(Number) == 8, uint64_t, std::conditional_t<sizeof(Number) == 4, uint32_t, uint16_t>>;
  auto bits = std::bit_cast<Bits>(number);
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift & 0xff);
}

struct PostgresType {
  const char* name;
  int32_t oid;  ///< from pg_type.dat: fixed for these types
};

PostgresType type_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32: return {"integer", 23};
    case arrow::Type::INT64: return {"bigint", 20};
    case arrow::Type::FLOAT: return {"real", 700};
    case arrow::Type::DOUBLE: return {"double precision", 701};
    case arrow::Type::BOOL: return {"boolean", 16};
    case arrow::Type::TIMESTAMP: return {"timestamp with time zone", 1184};
    default: return {"text", 25};
  }
}

void put_text(std::string& out, std::string_view text) {
  if (text.find('\0') == std::string_view::npos) {
    put<int32_t>(out, static_cast<int32_t>(text.size()));
    out += text;
    return;
  }
  std::string clean(text);
  std::erase(clean, '\0');
  put_text(out, clean);
}

template <typename Number>
void put_number(std::string& out, Number number) {
  put<int32_t>(out, sizeof(Number));
  put(out, number);
}

Status put_value(std::string& out, const arrow::Array& array, int64_t row);

/// One dimension from 1 on; an empty array has none.
Status put_list(std::string& out, const arrow::ListArray& lists, int64_t row) {
  const int64_t count = lists.value_length(row);
  const size_t start = out.size();
  put<int32_t>(out, 0);
  put<int32_t>(out, count > 0 ? 1 : 0);
  put<int32_t>(out, 1);
  put<int32_t>(out, type_of(*lists.value_type()).oid);
  if (count > 0) {
    put<int32_t>(out, static_cast<int32_t>(count));
    put<int32_t>(out, 1);
  }
  for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) VOXLAKE_TRY(put_value(out, *lists.values(), i));
  std::string length;
  put<int32_t>(length, static_cast<int32_t>(out.size() - start - 4));
  out.replace(start, 4, length);
  return {};
}

Status put_value(std::string& out, const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) {
    put<int32_t>(out, -1);
    return {};
  }
  switch (array.type_id()) {
    case arrow::Type::STRING: put_text(out, static_cast<const arrow::StringArray&>(array).GetView(row)); return {};
    case arrow::Type::INT32: put_number(out, static_cast<const arrow::Int32Array&>(array).Value(row)); return {};
    case arrow::Type::INT64: put_number(out, static_cast<const arrow::Int64Array&>(array).Value(row)); return {};
    case arrow::Type::FLOAT: put_number(out, static_cast<const arrow::FloatArray&>(array).Value(row)); return {};
    case arrow::Type::DOUBLE: put_number(out, static_cast<const arrow::DoubleArray&>(array).Value(row)); return {};
    case arrow::Type::TIMESTAMP: put_number(out, static_cast<const arrow::TimestampArray&>(array).Value(row) - epoch_us); return {};
    case arrow::Type::BOOL:
      put<int32_t>(out, 1);
      out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? '\1' : '\0';
      return {};
    case arrow::Type::LIST: return put_list(out, static_cast<const arrow::ListArray&>(array), row);
    default: return failure(ErrorKind::unsupported, "cannot put a column of type " + array.type()->ToString() + " into PostgreSQL");
  }
}

/// Whether the table's float columns are packed into an array.
bool is_packed(const arrow::Schema& schema) {
  return schema.num_fields() > most_postgres_columns;
}

bool is_packed_column(const arrow::Field& field) {
  return field.type()->id() == arrow::Type::FLOAT;
}

}  // namespace

PostgresLayout postgres_layout(const arrow::Schema& schema) {
  PostgresLayout layout;
  for (const auto& field : schema.fields()) {
    if (is_packed(schema) && is_packed_column(*field)) {
      layout.packed.push_back(field->name());
      continue;
    }
    const bool list = field->type()->id() == arrow::Type::LIST;
    const arrow::DataType& type = list ? *static_cast<const arrow::ListType&>(*field->type()).value_type() : *field->type();
    layout.columns.push_back({field->name(), std::string(type_of(type).name) + (list ? "[]" : ""), field->nullable()});
  }
  if (!layout.packed.empty()) layout.columns.push_back({"features", "real[]", false});
  return layout;
}

CopyBinary::CopyBinary(std::shared_ptr<arrow::Schema> schema) : schema_(std::move(schema)) {
  for (int i = 0; i < schema_->num_fields(); ++i) {
    (is_packed(*schema_) && is_packed_column(*schema_->field(i)) ? packed_ : single_).push_back(i);
  }
}

std::string CopyBinary::header() {
  std::string out("PGCOPY\n\377\r\n\0", 11);
  put<int32_t>(out, 0);  // flags
  put<int32_t>(out, 0);  // no extension
  return out;
}

std::string CopyBinary::trailer() {
  std::string out;
  put<int16_t>(out, -1);
  return out;
}

Result<std::string> CopyBinary::rows(const arrow::RecordBatch& batch, int64_t offset, int64_t count) const {
  std::string out;
  for (int64_t row = offset; row < offset + count; ++row) {
    put<int16_t>(out, static_cast<int16_t>(single_.size() + (packed_.empty() ? 0 : 1)));
    for (int column : single_) VOXLAKE_TRY(put_value(out, *batch.column(column), row));
    if (packed_.empty()) continue;
    std::string values;
    for (int32_t number : {1, 1, 700, static_cast<int32_t>(packed_.size()), 1}) put(values, number);
    for (int column : packed_) VOXLAKE_TRY(put_value(values, *batch.column(column), row));
    put<int32_t>(out, static_cast<int32_t>(values.size()));
    out += values;
  }
  return out;
}

}  // namespace voxlake::warehouse
