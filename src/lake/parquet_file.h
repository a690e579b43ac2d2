#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <parquet/column_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace voxlake::lake {

/// Rows of a data page of a float column: 1 MiB of values, as Parquet's own writer cuts them.
inline constexpr int64_t float_page_rows = int64_t{1} << 18;

/// The pages of one column chunk, made by the caller; headers, compression and metadata are Parquet's own writer's. Throws what it throws.
class ColumnPages {
 public:
  ColumnPages(std::unique_ptr<parquet::PageWriter> writer, const parquet::WriterProperties& properties,
              std::shared_ptr<arrow::ResizableBuffer> scratch)
      : writer_(std::move(writer)), properties_(properties), scratch_(std::move(scratch)) {}

  /// Before any data page.
  void add_dictionary(std::span<const float> values);
  /// A version 1 data page: repetition levels, definition levels (each only where the column has them), values. Where `by_dictionary`, the
  /// values are indices into it.
  void add_data(std::span<const uint8_t> page, int32_t values, bool by_dictionary);
  /// Bytes that were added, uncompressed.
  int64_t finish();

 private:
  std::unique_ptr<parquet::PageWriter> writer_;
  const parquet::WriterProperties& properties_;
  std::shared_ptr<arrow::ResizableBuffer> scratch_;
  int64_t bytes_ = 0;
  bool has_dictionary_ = false;
  bool has_plain_ = false;
};

/// A Parquet file in the making, one column chunk after the other. It stands where parquet::arrow::FileWriter would, which has no place
/// for pages that were made elsewhere. Functions throw what Parquet's writer throws. Not thread safe.
class ParquetFile {
 public:
  ParquetFile(std::shared_ptr<parquet::SchemaDescriptor> schema, std::shared_ptr<parquet::WriterProperties> properties,
              std::shared_ptr<arrow::io::OutputStream> stream);

  void begin_row_group();
  /// What the next column is.
  const parquet::ColumnDescriptor& next_descriptor() const;
  /// Writes the next column by Parquet's own encoders: a flat column, or a list of flat values.
  arrow::Status write(const arrow::Array& column);
  /// Writes the next column as `fill(pages)` makes it.
  template <typename Fill>
  void write_pages(const Fill& fill) {
    ColumnPages pages(open_pages(), *properties_, scratch_);
    fill(pages);
    row_group_bytes_ += pages.finish();
  }
  void end_row_group(int64_t rows);
  void finish();

 private:
  std::unique_ptr<parquet::PageWriter> open_pages();

  std::shared_ptr<parquet::SchemaDescriptor> schema_;
  std::shared_ptr<parquet::WriterProperties> properties_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata_;
  std::shared_ptr<arrow::ResizableBuffer> scratch_;  ///< compressed pages
  parquet::RowGroupMetaDataBuilder* row_group_ = nullptr;
  parquet::ColumnChunkMetaDataBuilder* chunk_ = nullptr;  ///< of the column that is written
  int16_t row_groups_ = 0;
  int column_ = 0;  ///< the next one
  int64_t row_group_bytes_ = 0;
};

}  // namespace voxlake::lake
