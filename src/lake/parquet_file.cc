#include "lake/parquet_file.h"

#include <arrow/array.h>
#include <parquet/column_page.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>

namespace voxlake::lake {
namespace {

constexpr std::string_view magic = "PAR1";

/// Parquet's levels of a list column with flat values, one for each value, null or empty list.
struct Levels {
  std::vector<int16_t> definition;
  std::vector<int16_t> repetition;
};

Levels levels_of_list(const arrow::ListArray& list, int16_t full) {
  const bool elements_nullable = static_cast<const arrow::ListType&>(*list.type()).value_field()->nullable();
  const auto empty = static_cast<int16_t>(full - 1 - (elements_nullable ? 1 : 0));
  Levels levels;
  for (int64_t row = 0; row < list.length(); ++row) {
    if (list.IsNull(row) || list.value_length(row) == 0) {
      levels.definition.push_back(list.IsNull(row) ? int16_t{0} : empty);
      levels.repetition.push_back(0);
      continue;
    }
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      levels.definition.push_back(list.values()->IsNull(i) ? static_cast<int16_t>(full - 1) : full);
      levels.repetition.push_back(i == list.value_offset(row) ? 0 : 1);
    }
  }
  return levels;
}

Levels levels_of_flat(const arrow::Array& column, int16_t full) {
  Levels levels;
  if (full == 0) return levels;
  levels.definition.assign(static_cast<size_t>(column.length()), full);
  for (int64_t row = 0; column.null_count() > 0 && row < column.length(); ++row) {
    if (column.IsNull(row)) levels.definition[static_cast<size_t>(row)] = 0;
  }
  return levels;
}

}  // namespace

void ColumnPages::add_dictionary(std::span<const float> values) {
  const auto buffer =
      std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(values.data()), static_cast<int64_t>(values.size_bytes()));
  const parquet::DictionaryPage page(buffer, static_cast<int32_t>(values.size()), properties_.dictionary_page_encoding());
  bytes_ += writer_->WriteDictionaryPage(page);
  has_dictionary_ = true;
}

void ColumnPages::add_data(std::span<const uint8_t> page, int32_t values, bool by_dictionary) {
  const auto plain = std::make_shared<arrow::Buffer>(page.data(), static_cast<int64_t>(page.size()));
  std::shared_ptr<arrow::Buffer> content = plain;
  if (writer_->has_compressor()) {
    writer_->Compress(*plain, scratch_.get());
    content = scratch_;
  }
  const auto encoding = by_dictionary ? properties_.dictionary_index_encoding() : parquet::Encoding::PLAIN;
  const parquet::DataPageV1 whole(content, values, encoding, parquet::Encoding::RLE, parquet::Encoding::RLE, plain->size());
  bytes_ += writer_->WriteDataPage(whole);
  has_plain_ = has_plain_ || !by_dictionary;
}

int64_t ColumnPages::finish() {
  writer_->Close(has_dictionary_, has_dictionary_ && has_plain_);
  return bytes_;
}

ParquetFile::ParquetFile(std::shared_ptr<parquet::SchemaDescriptor> schema, std::shared_ptr<parquet::WriterProperties> properties,
                         std::shared_ptr<arrow::io::OutputStream> stream)
    : schema_(std::move(schema)),
      properties_(std::move(properties)),
      stream_(std::move(stream)),
      arrow_properties_(parquet::ArrowWriterProperties::Builder().set_use_threads(false)->build()),
      metadata_(parquet::FileMetaDataBuilder::Make(schema_.get(), properties_)),
      scratch_(parquet::AllocateBuffer(arrow::default_memory_pool(), 0)) {
  PARQUET_THROW_NOT_OK(stream_->Write(magic));
}

void ParquetFile::begin_row_group() {
  row_group_ = metadata_->AppendRowGroup();
  column_ = 0;
  row_group_bytes_ = 0;
}

const parquet::ColumnDescriptor& ParquetFile::next_descriptor() const {
  return *schema_->Column(column_);
}

std::unique_ptr<parquet::PageWriter> ParquetFile::open_pages() {
  const parquet::ColumnDescriptor& descriptor = next_descriptor();
  chunk_ = row_group_->NextColumnChunk();
  ++column_;
  return parquet::PageWriter::Open(stream_, properties_->compression(descriptor.path()), chunk_);
}

arrow::Status ParquetFile::write(const arrow::Array& column) {
  const parquet::ColumnDescriptor& descriptor = next_descriptor();
  const int16_t full = descriptor.max_definition_level();
  auto pages = open_pages();
  const auto writer = parquet::ColumnWriter::Make(chunk_, std::move(pages), properties_.get());
  parquet::ArrowWriteContext context(arrow::default_memory_pool(), arrow_properties_.get());
  if (column.type_id() == arrow::Type::LIST) {
    const auto& list = static_cast<const arrow::ListArray&>(column);
    const arrow::Type::type element = list.value_type()->id();
    if (element == arrow::Type::LIST) return arrow::Status::NotImplemented("lists of lists");
    const Levels levels = levels_of_list(list, full);
    const bool nullable = static_cast<const arrow::ListType&>(*list.type()).value_field()->nullable();
    ARROW_ASSIGN_OR_RAISE(const auto values, list.Flatten());
    ARROW_RETURN_NOT_OK(writer->WriteArrow(levels.definition.data(), levels.repetition.data(),
                                           static_cast<int64_t>(levels.definition.size()), *values, &context, nullable));
  } else {
    const Levels levels = levels_of_flat(column, full);
    ARROW_RETURN_NOT_OK(writer->WriteArrow(levels.definition.empty() ? nullptr : levels.definition.data(), nullptr, column.length(), column,
                                           &context, full > 0));
  }
  row_group_bytes_ += writer->Close();
  return arrow::Status::OK();
}

void ParquetFile::end_row_group(int64_t rows) {
  row_group_->set_num_rows(rows);
  row_group_->Finish(row_group_bytes_, row_groups_++);
}

void ParquetFile::finish() {
  parquet::WriteFileMetaData(*metadata_->Finish(), stream_.get());
}

}  // namespace voxlake::lake
