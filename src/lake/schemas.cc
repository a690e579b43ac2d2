#include "lake/schemas.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <functional>
#include <type_traits>

#include "lake/arrow_error.h"
#include "lake/delta_schema.h"
#include "lake/spool_buffer.h"

namespace voxlake::lake {

namespace {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// A signal of a batch that lies in a file stays there where it is at least so long: a minute. Shorter ones are copied into memory.
constexpr int64_t shared_samples = int64_t{1} << 20;

constexpr const char* state_names[] = {"copied", "failed", "gone"};

// How a C++ type is kept: its Arrow type, and one value written and read.

template <typename T>
std::shared_ptr<arrow::DataType> arrow_type() {
  if constexpr (IsOptional<T>::value) {
    return arrow_type<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, scratch::Spool<float>>) {
    return arrow::list(arrow::field("element", arrow::float32()));
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, ArchiveState>) {
    return arrow::utf8();
  } else {
    return arrow::CTypeTraits<T>::type_singleton();
  }
}

template <typename T>
arrow::Status write_value(arrow::ArrayBuilder& builder, const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? write_value(builder, *value) : builder.AppendNull();
  } else if constexpr (std::is_same_v<T, scratch::Spool<float>>) {
    auto& list = static_cast<arrow::ListBuilder&>(builder);
    ARROW_RETURN_NOT_OK(list.Append());
    if (value.empty()) return arrow::Status::OK();  // Arrow copies from where an empty one has no memory
    return static_cast<arrow::FloatBuilder*>(list.value_builder())->AppendValues(value.data(), static_cast<int64_t>(value.size()));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return static_cast<arrow::StringBuilder&>(builder).Append(value);
  } else if constexpr (std::is_same_v<T, ArchiveState>) {
    return static_cast<arrow::StringBuilder&>(builder).Append(state_names[static_cast<int>(value)]);
  } else {
    return static_cast<typename arrow::CTypeTraits<T>::BuilderType&>(builder).Append(value);
  }
}

/// False where the value is none that T has.
template <typename T>
bool read_value(const arrow::Array& array, int64_t row, T& value) {
  if constexpr (IsOptional<T>::value) {
    return read_value(array, row, value.emplace());
  } else if constexpr (std::is_same_v<T, scratch::Spool<float>>) {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    const auto& values = static_cast<const arrow::FloatArray&>(*list.values());
    const auto* spool = SpoolBuffer::of(values.data()->buffers[1]);
    if (spool != nullptr && list.value_length(row) >= shared_samples) {  // stays in its file
      value = *spool;
      value.narrow(static_cast<size_t>(values.offset() + list.value_offset(row)), static_cast<size_t>(list.value_length(row)));
      return true;
    }
    value.assign(values.raw_values() + list.value_offset(row), values.raw_values() + list.value_offset(row + 1));
    return true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = static_cast<const arrow::StringArray&>(array).GetView(row);
    return true;
  } else if constexpr (std::is_same_v<T, ArchiveState>) {
    std::string_view name = static_cast<const arrow::StringArray&>(array).GetView(row);
    for (int i = 0; i < 3; ++i) {
      value = static_cast<ArchiveState>(i);
      if (name == state_names[i]) return true;
    }
    return false;
  } else {
    value = static_cast<const typename arrow::CTypeTraits<T>::ArrayType&>(array).Value(row);
    return true;
  }
}

/// A column of a row type: what it is called, and how a row's value goes in and out.
template <typename Row>
struct Column {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  bool nullable;
  std::function<arrow::Status(arrow::ArrayBuilder&, const Row&)> write;
  std::function<bool(const arrow::Array&, int64_t, Row&)> read;
};

template <typename Row, typename T>
Column<Row> column(const char* name, T Row::*member) {
  return {name, arrow_type<T>(), IsOptional<T>::value,
          [member](arrow::ArrayBuilder& builder, const Row& row) { return write_value(builder, row.*member); },
          [member](const arrow::Array& array, int64_t index, Row& row) { return read_value(array, index, row.*member); }};
}

/// A time in microseconds since 1970, UTC.
template <typename Row>
Column<Row> time_column(const char* name, int64_t Row::*member) {
  return {
      name, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), false,
      [member](arrow::ArrayBuilder& builder, const Row& row) { return static_cast<arrow::TimestampBuilder&>(builder).Append(row.*member); },
      [member](const arrow::Array& array, int64_t index, Row& row) {
        row.*member = static_cast<const arrow::TimestampArray&>(array).Value(index);
        return true;
      }};
}

template <typename Row>
using Columns = std::vector<Column<Row>>;

const Columns<ArchiveRow>& columns_of(const ArchiveRow*) {
  using Row = ArchiveRow;
  static const Columns<Row> columns = {
      column("corpus", &Row::corpus),
      column("archive", &Row::archive),
      column("url", &Row::url),
      column("path", &Row::path),
      column("bytes", &Row::bytes),
      column("sha256", &Row::sha256),
      column("etag", &Row::etag),
      column("last_modified", &Row::last_modified),
      time_column("copied_at", &Row::copied_at_us),
      column("state", &Row::state),
      column("error", &Row::error),
  };
  return columns;
}

const Columns<UtteranceRow>& columns_of(const UtteranceRow*) {
  using Row = UtteranceRow;
  static const Columns<Row> columns = {
      column("corpus", &Row::corpus),
      column("archive", &Row::archive),
      column("utterance_id", &Row::utterance_id),
      column("member", &Row::member),
      column("speaker", &Row::speaker),
      column("gender", &Row::gender),
      column("gender_raw", &Row::gender_raw),
      column("age_range", &Row::age_range),
      column("language", &Row::language),
      column("dialect", &Row::dialect),
      column("prompt", &Row::prompt),
      column("source_format", &Row::source_format),
      column("source_rate", &Row::source_rate),
      column("source_channels", &Row::source_channels),
      column("source_samples", &Row::source_samples),
      column("trim_start", &Row::trim_start),
      column("trim_end", &Row::trim_end),
      column("samples", &Row::samples),
      column("seconds", &Row::seconds),
      column("peak", &Row::peak),
      column("rms", &Row::rms),
      column("is_silent", &Row::is_silent),
      column("signal", &Row::signal),
      column("archive_sha256", &Row::archive_sha256),
      column("fingerprint", &Row::fingerprint),
  };
  return columns;
}

const Columns<RejectRow>& columns_of(const RejectRow*) {
  using Row = RejectRow;
  static const Columns<Row> columns = {
      column("corpus", &Row::corpus),           column("archive", &Row::archive),
      column("member", &Row::member),           column("stage", &Row::stage),
      column("reason", &Row::reason),           column("detail", &Row::detail),
      column("byte_offset", &Row::byte_offset), column("archive_sha256", &Row::archive_sha256),
      column("fingerprint", &Row::fingerprint),
  };
  return columns;
}

const Columns<SpeakerRow>& columns_of(const SpeakerRow*) {
  using Row = SpeakerRow;
  static const Columns<Row> columns = {
      column("speaker", &Row::speaker), column("gender", &Row::gender),   column("archives", &Row::archives),
      column("clips", &Row::clips),     column("seconds", &Row::seconds), column("split", &Row::split),
  };
  return columns;
}

template <typename Row>
std::shared_ptr<arrow::Schema> schema_of() {
  arrow::FieldVector fields;
  for (const auto& column : columns_of(static_cast<const Row*>(nullptr))) {
    fields.push_back(arrow::field(column.name, column.type, column.nullable));
  }
  return arrow::schema(std::move(fields));
}

/// The signal of a single row that lies in a file, as it is there; null where it does not.
std::shared_ptr<arrow::Array> signal_in_file(std::span<const UtteranceRow> rows) {
  if (rows.size() != 1 || !rows[0].signal.is_in_file()) return nullptr;
  const scratch::Spool<float>& signal = rows[0].signal;
  const std::shared_ptr<arrow::Buffer> offsets = arrow::Buffer::FromVector(std::vector<int32_t>{0, static_cast<int32_t>(signal.size())});
  const auto values = std::make_shared<arrow::FloatArray>(static_cast<int64_t>(signal.size()), std::make_shared<SpoolBuffer>(signal));
  return std::make_shared<arrow::ListArray>(arrow_type<scratch::Spool<float>>(), 1, offsets, values);
}

template <typename Row>
Result<std::shared_ptr<arrow::RecordBatch>> batch_of(std::span<const Row> rows) {
  const std::string doing = "cannot turn rows into a batch";
  arrow::ArrayVector arrays;
  for (const auto& column : columns_of(static_cast<const Row*>(nullptr))) {
    if constexpr (std::is_same_v<Row, UtteranceRow>) {
      if (auto signal = column.name == "signal" ? signal_in_file(rows) : nullptr) {
        arrays.push_back(std::move(signal));
        continue;
      }
    }
    std::unique_ptr<arrow::ArrayBuilder> builder;
    VOXLAKE_ARROW_TRY(doing, arrow::MakeBuilder(arrow::default_memory_pool(), column.type, &builder));
    VOXLAKE_ARROW_TRY(doing, builder->Reserve(static_cast<int64_t>(rows.size())));
    for (const Row& row : rows) VOXLAKE_ARROW_TRY(doing, column.write(*builder, row));
    std::shared_ptr<arrow::Array> array;
    VOXLAKE_ARROW_TRY(doing, builder->Finish(&array));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema_of<Row>(), static_cast<int64_t>(rows.size()), std::move(arrays));
}

template <typename Row>
Result<std::vector<Row>> rows_of(const arrow::RecordBatch& batch) {
  std::vector<Row> rows(static_cast<size_t>(batch.num_rows()));
  for (const auto& column : columns_of(static_cast<const Row*>(nullptr))) {
    auto array = batch.GetColumnByName(column.name);
    if (array == nullptr) continue;
    if (delta::type_name(*array->type()) != delta::type_name(*column.type)) {
      return failure(ErrorKind::corrupt_data,
                     "cannot read rows: column " + column.name + " is " + array->type()->ToString() + ", not " + column.type->ToString());
    }
    for (int64_t i = 0; i < array->length(); ++i) {
      if (!array->IsNull(i) && !column.read(*array, i, rows[static_cast<size_t>(i)])) {
        return failure(ErrorKind::corrupt_data, "cannot read rows: column " + column.name + " has a value that Voxlake does not know");
      }
    }
  }
  return rows;
}

void append_features(const std::vector<std::string>& names, arrow::FieldVector& fields) {
  for (const std::string& name : names) fields.push_back(arrow::field(name, arrow::float32()));
}

std::shared_ptr<arrow::Field> required(const char* name, std::shared_ptr<arrow::DataType> type) {
  return arrow::field(name, std::move(type), /*nullable=*/false);
}

}  // namespace

std::string features_path(const std::string& set) {
  return "gold/features/" + set;
}

std::string dataset_path(const std::string& set) {
  return "gold/dataset/" + set;
}

std::string transform_path(const std::string& set) {
  return "gold/transforms/" + set + ".json";
}

std::shared_ptr<arrow::Schema> archives_schema() {
  return schema_of<ArchiveRow>();
}

std::shared_ptr<arrow::Schema> utterances_schema() {
  return schema_of<UtteranceRow>();
}

std::shared_ptr<arrow::Schema> rejects_schema() {
  return schema_of<RejectRow>();
}

std::shared_ptr<arrow::Schema> speakers_schema() {
  return schema_of<SpeakerRow>();
}

std::shared_ptr<arrow::Schema> features_schema(const std::vector<std::string>& feature_columns) {
  arrow::FieldVector fields = {
      required("corpus", arrow::utf8()),           required("archive", arrow::utf8()),        required("utterance_id", arrow::utf8()),
      required("speaker", arrow::utf8()),          required("gender", arrow::utf8()),         required("window", arrow::int32()),
      required("start_seconds", arrow::float64()), required("end_seconds", arrow::float64()), required("partial", arrow::boolean()),
  };
  append_features(feature_columns, fields);
  fields.push_back(required("archive_sha256", arrow::utf8()));
  fields.push_back(required("fingerprint", arrow::utf8()));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Schema> dataset_schema(const std::vector<std::string>& feature_columns) {
  // Rows that balancing made up come from no utterance and no one speaker.
  arrow::FieldVector fields = {
      arrow::field("utterance_id", arrow::utf8()), arrow::field("window", arrow::int32()), arrow::field("speaker", arrow::utf8()),
      required("gender", arrow::utf8()),           required("split", arrow::utf8()),       required("synthetic", arrow::boolean()),
      arrow::field("corpus", arrow::utf8()),
  };
  append_features(feature_columns, fields);
  fields.push_back(required("fingerprint", arrow::utf8()));
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const ArchiveRow> rows) {
  return batch_of(rows);
}

Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const UtteranceRow> rows) {
  return batch_of(rows);
}

Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const RejectRow> rows) {
  return batch_of(rows);
}

Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const SpeakerRow> rows) {
  return batch_of(rows);
}

Result<std::vector<ArchiveRow>> archive_rows(const arrow::RecordBatch& batch) {
  return rows_of<ArchiveRow>(batch);
}

Result<std::vector<UtteranceRow>> utterance_rows(const arrow::RecordBatch& batch) {
  return rows_of<UtteranceRow>(batch);
}

Result<std::vector<RejectRow>> reject_rows(const arrow::RecordBatch& batch) {
  return rows_of<RejectRow>(batch);
}

Result<std::vector<SpeakerRow>> speaker_rows(const arrow::RecordBatch& batch) {
  return rows_of<SpeakerRow>(batch);
}

}  // namespace voxlake::lake
