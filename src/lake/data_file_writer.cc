#include "lake/data_file_writer.h"

#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>

#include <algorithm>
#include <optional>
#include <span>

#include "lake/arrow_error.h"
#include "lake/file_statistics.h"
#include "lake/float_columns.h"
#include "lake/float_lists.h"
#include "lake/parquet_file.h"

namespace voxlake::lake {

namespace {

constexpr size_t piece_bytes = size_t{4} << 20;

/// Keeps what is written in pieces: growing one buffer would copy it again and again, and need twice its size while it does. What is more
/// than `most_pieces` goes to a spool.
class PiecesStream final : public arrow::io::OutputStream {
 public:
  PiecesStream(int64_t most_in_memory, const scratch::Limits& limits)
      : most_pieces_(static_cast<size_t>(std::max<int64_t>(most_in_memory / static_cast<int64_t>(piece_bytes), 1))),
        rest_(in_file(limits)) {}
  arrow::Status Write(const void* data, int64_t count) override {
    std::string_view rest(static_cast<const char*>(data), static_cast<size_t>(count));
    position_ += count;
    while (!rest.empty()) {
      if (pieces_.size() == most_pieces_ && pieces_.back().size() == piece_bytes) return spill(rest);
      if (pieces_.empty() || pieces_.back().size() == piece_bytes) {
        pieces_.emplace_back();
        // The first piece grows as needed, so that small files stay small.
        if (pieces_.size() > 1) pieces_.back().reserve(piece_bytes);
      }
      size_t taken = std::min(rest.size(), piece_bytes - pieces_.back().size());
      pieces_.back().append(rest.substr(0, taken));
      rest.remove_prefix(taken);
    }
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }
  std::vector<std::string> take() { return std::move(pieces_); }
  /// What stands behind the pieces.
  Result<scratch::Spool<std::byte>> take_rest() {
    VOXLAKE_TRY(rest_.finish());
    return std::move(rest_);
  }

 private:
  static scratch::Limits in_file(scratch::Limits limits) {
    limits.most_in_memory = 0;
    return limits;
  }
  arrow::Status spill(std::string_view bytes) {
    const Status spilled = rest_.append(std::as_bytes(std::span(bytes)));
    return spilled ? arrow::Status::OK() : arrow::Status::IOError(spilled.error().to_string());
  }

  const size_t most_pieces_;
  scratch::Spool<std::byte> rest_;
  std::vector<std::string> pieces_;
  int64_t position_ = 0;
  bool closed_ = false;
};

bool is_list(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST;
}

bool is_float_list(const arrow::DataType& type) {
  return is_list(type) && static_cast<const arrow::ListType&>(type).value_type()->id() == arrow::Type::FLOAT;
}

std::shared_ptr<parquet::WriterProperties> writer_properties(const arrow::Schema& schema) {
  parquet::WriterProperties::Builder builder;
  builder.created_by("voxlake")
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->compression(parquet::Compression::SNAPPY)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->disable_write_page_index()
      ->max_row_group_length(int64_t{1} << 40)
      ->disable_dictionary()
      ->disable_statistics();
  for (const auto& field : schema.fields()) {
    // Packed signals have nothing left that Snappy would find.
    if (is_float_list(*field->type())) builder.compression(field->name() + ".list.element", parquet::Compression::UNCOMPRESSED);
    if (!has_statistics(*field->type())) continue;
    builder.enable_statistics(field->name());
    if (field->type()->id() != arrow::Type::BOOL && field->type()->id() != arrow::Type::DOUBLE) builder.enable_dictionary(field->name());
  }
  return builder.build();
}

/// Bytes that a row takes, whatever the row: its fixed-width values.
int64_t fixed_row_bytes(const arrow::Schema& schema) {
  int64_t bits = 0;
  for (const auto& field : schema.fields()) {
    bits += field->type()->id() == arrow::Type::STRING || is_list(*field->type()) ? 32 : field->type()->bit_width();
  }
  return std::max<int64_t>(bits / 8, 1);
}

/// Adds to `bytes` what the rows' texts and lists take.
void add_variable_bytes(const arrow::ArrayData& column, int64_t offset, std::vector<int64_t>& bytes) {
  int64_t width = 1;
  if (is_list(*column.type)) width = std::max(static_cast<const arrow::ListType&>(*column.type).value_type()->byte_width(), 1);
  const auto* offsets = column.GetValues<int32_t>(1) + offset;
  if (column.buffers[1] == nullptr || column.buffers[1]->size() == 0) return;  // of no rows
  for (size_t row = 0; row < bytes.size(); ++row) bytes[row] += width * (offsets[row + 1] - offsets[row]);
}

}  // namespace

struct DataFileWriter::Impl {
  std::shared_ptr<arrow::Schema> schema;
  WriteOptions options;
  Sink sink;
  std::shared_ptr<parquet::WriterProperties> properties;
  int64_t row_bytes = 0;

  /// The rows of the row group in the making, by column. Floats and lists of them have a place of their own: see there.
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;  ///< null for floats and lists
  std::vector<std::unique_ptr<FloatLists>> float_lists;        ///< null for all but lists of floats
  std::vector<arrow::ArrayVector> other_lists;
  std::vector<size_t> float_places;  ///< in `floats`
  std::optional<FloatColumns> floats;
  int64_t buffered_rows = 0, buffered_bytes = 0;

  std::shared_ptr<PiecesStream> stream;  ///< of the file in the making; null between files
  std::optional<ParquetFile> file;
  std::optional<FileStatistics> statistics;
  int64_t file_rows = 0, file_bytes = 0;

  int64_t rows = 0, bytes = 0;

  bool is_float(size_t column) const { return schema->field(static_cast<int>(column))->type()->id() == arrow::Type::FLOAT; }
  Status make_buffers();
  Status take(const arrow::RecordBatch& batch, int64_t offset, int64_t length);
  Status begin_file();
  Status write_column(size_t column);
  Status flush_row_group();
  Status finish_file();
};

Status DataFileWriter::Impl::make_buffers() {
  const auto columns = static_cast<size_t>(schema->num_fields());
  builders.resize(columns);
  float_lists.resize(columns);
  other_lists.resize(columns);
  float_places.resize(columns);
  size_t float_count = 0;
  for (size_t i = 0; i < columns; ++i) {
    const auto& type = schema->field(static_cast<int>(i))->type();
    if (is_float(i)) {
      float_places[i] = float_count++;
    } else if (is_float_list(*type)) {
      float_lists[i] = std::make_unique<FloatLists>();
    } else if (!is_list(*type)) {
      VOXLAKE_ARROW_TRY("cannot buffer rows", arrow::MakeBuilder(arrow::default_memory_pool(), type, &builders[i]));
    }
  }
  if (float_count > 0) floats.emplace(float_count, options.target_row_group_bytes / row_bytes + 1);
  return {};
}

Status DataFileWriter::Impl::take(const arrow::RecordBatch& batch, int64_t offset, int64_t length) {
  if (builders.empty()) VOXLAKE_TRY(make_buffers());
  for (size_t i = 0; i < builders.size(); ++i) {
    const std::shared_ptr<arrow::ArrayData> column = batch.column_data(static_cast<int>(i));
    if (is_float(i)) {
      floats->put(float_places[i], buffered_rows, *column, offset, length);
    } else if (float_lists[i] != nullptr) {
      float_lists[i]->append(column, offset, length);
    } else if (builders[i] != nullptr) {
      VOXLAKE_ARROW_TRY("cannot buffer rows", builders[i]->AppendArraySlice(arrow::ArraySpan(*column), offset, length));
    } else {
      other_lists[i].push_back(batch.column(static_cast<int>(i))->Slice(offset, length));
    }
  }
  buffered_rows += length;
  rows += length;
  return {};
}

Status DataFileWriter::Impl::begin_file() {
  stream = std::make_shared<PiecesStream>(options.target_file_bytes, options.scratch);
  statistics.emplace(*schema);
  // Without the Arrow schema in the footer: what Parquet itself says is enough, and for wide tables it is half the footer.
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  VOXLAKE_ARROW_TRY("cannot begin a Parquet file", parquet::arrow::ToParquetSchema(schema.get(), *properties, &descriptor));
  file.emplace(std::move(descriptor), properties, stream);
  return {};
}

Status DataFileWriter::Impl::write_column(size_t column) {
  const auto& field = *schema->field(static_cast<int>(column));
  if (is_float(column)) {
    file->write_pages([&](ColumnPages& pages) { floats->write(float_places[column], buffered_rows, field.nullable(), pages); });
    return {};
  }
  if (float_lists[column] != nullptr) {
    const parquet::ColumnDescriptor& descriptor = file->next_descriptor();
    file->write_pages([&](ColumnPages& pages) { float_lists[column]->write(descriptor, field.nullable(), pages); });
    float_lists[column]->clear();
    return {};
  }
  std::shared_ptr<arrow::Array> values;
  if (builders[column] != nullptr) {
    VOXLAKE_ARROW_TRY("cannot write a row group", builders[column]->Finish(&values));
  } else {
    VOXLAKE_ARROW_ASSIGN(values, "cannot write a row group", arrow::Concatenate(other_lists[column]));
    other_lists[column].clear();
  }
  statistics->add(static_cast<int>(column), *values);
  VOXLAKE_ARROW_TRY("cannot write column " + field.name(), file->write(*values));
  return {};
}

Status DataFileWriter::Impl::flush_row_group() {
  if (buffered_rows == 0) return {};
  if (!file) VOXLAKE_TRY(begin_file());
  file->begin_row_group();
  for (size_t i = 0; i < builders.size(); ++i) VOXLAKE_TRY(write_column(i));
  file->end_row_group(buffered_rows);
  if (floats) floats->clear();
  file_rows += buffered_rows;
  file_bytes += buffered_bytes;
  buffered_rows = buffered_bytes = 0;
  if (file_bytes >= options.target_file_bytes) return finish_file();
  return {};
}

Status DataFileWriter::Impl::finish_file() {
  if (!file) return {};
  file->finish();
  VOXLAKE_ARROW_ASSIGN(int64_t size, "cannot finish a Parquet file", stream->Tell());
  VOXLAKE_ASSIGN(auto rest, stream->take_rest());
  EncodedFile encoded{stream->take(), std::move(rest), size, file_rows, statistics->to_json(file_rows)};
  file.reset();
  stream.reset();
  file_rows = file_bytes = 0;
  return sink(std::move(encoded));
}

DataFileWriter::DataFileWriter(std::shared_ptr<arrow::Schema> schema, WriteOptions options, Sink sink) : impl_(std::make_unique<Impl>()) {
  impl_->properties = writer_properties(*schema);
  impl_->row_bytes = fixed_row_bytes(*schema);
  impl_->schema = std::move(schema);
  impl_->options = std::move(options);
  impl_->sink = std::move(sink);
}

DataFileWriter::~DataFileWriter() = default;

Status DataFileWriter::append(const arrow::RecordBatch& batch, int64_t offset, int64_t length) {
  std::vector<int64_t> row_bytes(static_cast<size_t>(length), impl_->row_bytes);
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& type = *impl_->schema->field(i)->type();
    if (type.id() == arrow::Type::STRING || is_list(type)) add_variable_bytes(*batch.column_data(i), offset, row_bytes);
  }
  try {
    int64_t taken = 0;
    for (int64_t row = 0; row < length; ++row) {
      impl_->buffered_bytes += row_bytes[static_cast<size_t>(row)];
      impl_->bytes += row_bytes[static_cast<size_t>(row)];
      if (impl_->buffered_bytes < impl_->options.target_row_group_bytes) continue;
      VOXLAKE_TRY(impl_->take(batch, offset + taken, row + 1 - taken));
      taken = row + 1;
      VOXLAKE_TRY(impl_->flush_row_group());
    }
    if (taken < length) VOXLAKE_TRY(impl_->take(batch, offset + taken, length - taken));
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::internal, "cannot write Parquet"));
  }
  return {};
}

Status DataFileWriter::append_all(const arrow::RecordBatch& batch) {
  return append(batch, 0, batch.num_rows());
}

Status DataFileWriter::finish() {
  try {
    VOXLAKE_TRY(impl_->flush_row_group());
    return impl_->finish_file();
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::internal, "cannot write Parquet"));
  }
}

int64_t DataFileWriter::rows() const {
  return impl_->rows;
}

int64_t DataFileWriter::bytes() const {
  return impl_->bytes;
}

}  // namespace voxlake::lake
