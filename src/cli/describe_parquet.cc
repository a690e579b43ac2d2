#include "cli/describe_parquet.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <optional>

#include "lake/arrow_error.h"
#include "lake/float_parts.h"
#include "lake/parquet_file.h"

namespace voxlake::cli {
namespace {

constexpr size_t row_group_values = size_t{4} << 20;

/// What Parquet writes goes to an OutputFile.
class OutputFileStream final : public arrow::io::OutputStream {
 public:
  explicit OutputFileStream(std::string path) : file_(std::move(path)) {}
  arrow::Status Write(const void* data, int64_t count) override {
    position_ += count;
    return settle(file_.write(data, static_cast<size_t>(count)));
  }
  arrow::Status Close() override {
    is_closed_ = true;
    return settle(file_.close());
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return is_closed_; }
  /// What went wrong, better said than Arrow can hand it on.
  const Status& status() const { return status_; }

 private:
  arrow::Status settle(Status status) {
    if (status) return arrow::Status::OK();
    status_ = std::move(status);
    return arrow::Status::IOError(status_.error().message);
  }
  OutputFile file_;
  Status status_;
  int64_t position_ = 0;
  bool is_closed_ = false;
};

/// The keys of the rows of a row group.
struct Keys {
  arrow::StringBuilder file;
  arrow::Int32Builder window;
  arrow::DoubleBuilder start, end;
  arrow::BooleanBuilder partial;

  arrow::Status append(const std::string& path, const features::Window& row) {
    ARROW_RETURN_NOT_OK(file.Append(path));
    ARROW_RETURN_NOT_OK(window.Append(row.index));
    ARROW_RETURN_NOT_OK(start.Append(row.start_seconds));
    ARROW_RETURN_NOT_OK(end.Append(row.end_seconds));
    return partial.Append(row.partial);
  }
  arrow::Status write(lake::ParquetFile& to) {
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{&file, &window, &start, &end, &partial}) {
      std::shared_ptr<arrow::Array> array;
      ARROW_RETURN_NOT_OK(builder->Finish(&array));
      ARROW_RETURN_NOT_OK(to.write(*array));
    }
    return arrow::Status::OK();
  }
};

class ParquetRows final : public RowWriter {
 public:
  ParquetRows(const std::string& output, const std::vector<std::string>& columns)
      : columns_(columns), stream_(std::make_shared<OutputFileStream>(output)) {}

  Status add(const std::string& path, features::WindowFeatures features) override {
    return settle([&] {
      for (const features::Window& row : features.windows) PARQUET_THROW_NOT_OK(keys_.append(path, row));
      const auto rows = static_cast<int64_t>(features.windows.size());
      parts_.add(std::move(features.values), rows);
      if (static_cast<size_t>(parts_.rows()) * columns_.size() >= row_group_values) write_row_group();
    });
  }
  Status finish() override {
    return settle([&] {
      if (parts_.rows() > 0) write_row_group();
      if (file_) file_->finish();
      PARQUET_THROW_NOT_OK(stream_->Close());
    });
  }

 private:
  void begin() {
    arrow::FieldVector fields = {arrow::field("file", arrow::utf8(), false), arrow::field("window", arrow::int32(), false),
                                 arrow::field("start_seconds", arrow::float64(), false),
                                 arrow::field("end_seconds", arrow::float64(), false), arrow::field("partial", arrow::boolean(), false)};
    for (const auto& column : columns_) fields.push_back(arrow::field(column, arrow::float32()));
    parquet::WriterProperties::Builder properties;
    properties.created_by("voxlake")->compression(parquet::Compression::SNAPPY)->disable_dictionary()->disable_statistics();
    properties.set_size_statistics_level(parquet::SizeStatisticsLevel::None)->disable_write_page_index();
    properties.enable_dictionary("file")->enable_statistics("file");
    const auto built = properties.build();
    std::shared_ptr<parquet::SchemaDescriptor> descriptor;
    PARQUET_THROW_NOT_OK(parquet::arrow::ToParquetSchema(arrow::schema(std::move(fields)).get(), *built, &descriptor));
    file_.emplace(std::move(descriptor), built, stream_);
  }
  void write_row_group() {
    if (!file_) begin();
    file_->begin_row_group();
    PARQUET_THROW_NOT_OK(keys_.write(*file_));
    for (size_t column = 0; column < columns_.size(); ++column) {
      file_->write_pages([&](lake::ColumnPages& pages) { parts_.write(column, pages); });
    }
    file_->end_row_group(parts_.rows());
    parts_.clear();
  }
  template <typename Act>
  Status settle(const Act& act) const {
    try {
      act();
    } catch (const std::exception& error) {
      if (!stream_->status()) return stream_->status();
      return tl::unexpected<Error>(lake::from_parquet(error, ErrorKind::io, "cannot write Parquet"));
    }
    return {};
  }

  const std::vector<std::string>& columns_;
  std::shared_ptr<OutputFileStream> stream_;
  std::optional<lake::ParquetFile> file_;
  Keys keys_;
  lake::FloatParts parts_;
};

}  // namespace

std::unique_ptr<RowWriter> make_parquet_rows(const std::string& output, const std::vector<std::string>& columns) {
  return std::make_unique<ParquetRows>(output, columns);
}

}  // namespace voxlake::cli
