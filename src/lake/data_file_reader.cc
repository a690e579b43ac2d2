#include "lake/data_file_reader.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>

#include "lake/arrow_error.h"
#include "lake/long_lists.h"
#include "lake/parquet_footer.h"

namespace voxlake::lake {

namespace {

/// A file of a Storage, by ranged reads.
class StorageFile final : public arrow::io::RandomAccessFile {
 public:
  StorageFile(std::shared_ptr<Storage> storage, std::string path, int64_t bytes)
      : storage_(std::move(storage)), path_(std::move(path)), bytes_(bytes) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return bytes_; }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
    Result<std::string> range = storage_->read_range(path_, position, count);
    if (!range) return arrow::Status::IOError(range.error().to_string());
    return arrow::Buffer::FromString(std::move(*range));
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position, count));
    std::memcpy(out, buffer->data(), static_cast<size_t>(buffer->size()));
    return buffer->size();
  }
  arrow::Result<int64_t> Read(int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(int64_t done, ReadAt(position_, count, out));
    position_ += done;
    return done;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, count));
    position_ += buffer->size();
    return buffer;
  }

 private:
  std::shared_ptr<Storage> storage_;
  std::string path_;
  int64_t bytes_;
  int64_t position_ = 0;
  bool closed_ = false;
};

Result<std::shared_ptr<arrow::Array>> one_piece(const arrow::ChunkedArray& column, const std::string& doing) {
  if (column.num_chunks() == 1) return column.chunk(0);
  if (column.num_chunks() == 0) {
    VOXLAKE_ARROW_ASSIGN(auto empty, doing, arrow::MakeEmptyArray(column.type()));
    return empty;
  }
  VOXLAKE_ARROW_ASSIGN(auto joined, doing, arrow::Concatenate(column.chunks()));
  return joined;
}

/// `array` as `type`: other writers' files say large_string, string_view, other time units, or name list elements differently.
Result<std::shared_ptr<arrow::Array>> as_type(std::shared_ptr<arrow::Array> array, const std::shared_ptr<arrow::DataType>& type,
                                              const std::string& doing) {
  if (array->type()->Equals(*type)) return array;
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe();
  options.allow_time_truncate = true;  // nanoseconds of INT96 times
  VOXLAKE_ARROW_ASSIGN(auto cast, doing, arrow::compute::Cast(*array, type, options));
  return cast;
}

void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const auto& child : field.children) add_leaves(child, leaves);
}

/// The footer of a file, reduced to `columns`; nothing where it cannot be.
Result<std::shared_ptr<parquet::FileMetaData>> reduced_metadata(arrow::io::RandomAccessFile& file, const arrow::Schema& schema,
                                                                const std::string& doing) {
  constexpr int64_t tail_bytes = 8;  // the footer's length and the magic number
  constexpr int64_t first_guess = int64_t{128} << 10;
  VOXLAKE_ARROW_ASSIGN(int64_t size, doing, file.GetSize());
  VOXLAKE_ARROW_ASSIGN(auto tail, doing, file.ReadAt(std::max<int64_t>(size - first_guess, 0), std::min(size, first_guess)));
  std::string_view end(reinterpret_cast<const char*>(tail->data()), static_cast<size_t>(tail->size()));
  if (static_cast<int64_t>(end.size()) < tail_bytes || !end.ends_with("PAR1")) return nullptr;
  uint32_t length = 0;
  std::memcpy(&length, end.data() + end.size() - tail_bytes, sizeof length);  // little-endian, as this machine
  if (length > size - tail_bytes) return nullptr;
  if (length + tail_bytes > static_cast<int64_t>(end.size())) {
    VOXLAKE_ARROW_ASSIGN(tail, doing, file.ReadAt(size - tail_bytes - length, length + tail_bytes));
    end = {reinterpret_cast<const char*>(tail->data()), static_cast<size_t>(tail->size())};
  }
  std::set<std::string, std::less<>> columns;
  for (const auto& field : schema.fields()) columns.insert(field->name());
  auto reduced = reduced_footer(end.substr(end.size() - tail_bytes - length, length), columns);
  if (!reduced) return nullptr;
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer): Make keeps nothing of the text
  return parquet::FileMetaData::Make(reduced->data(), static_cast<int64_t>(reduced->size()));
}

/// A file and what reads it.
struct OpenFile {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  std::unique_ptr<parquet::arrow::FileReader> reader;
};

/// Opens a file to read the columns of `schema`, or only its footer where there is none.
Result<OpenFile> open_parquet(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes, const arrow::Schema* schema,
                              const std::string& doing) {
  const bool is_remote = !storage->local_file(path);
  VOXLAKE_ASSIGN(auto file, open_random_access(std::move(storage), path, bytes));
  std::shared_ptr<parquet::FileMetaData> metadata;
  if (schema != nullptr) {
    VOXLAKE_ASSIGN(metadata, reduced_metadata(*file, *schema, doing));
  }
  // One thread, and no read-ahead in others: whoever calls us decides about threads. Where each read costs a round trip, though, the
  // columns of a row group are fetched together.
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(is_remote);
  parquet::arrow::FileReaderBuilder builder;
  VOXLAKE_ARROW_TRY(doing, builder.Open(file, parquet::default_reader_properties(), std::move(metadata)));
  VOXLAKE_ARROW_ASSIGN(auto reader, doing, builder.memory_pool(arrow::default_memory_pool())->properties(properties)->Build());
  return OpenFile{std::move(file), std::move(reader)};
}

/// Reads the row groups of one file.
class Scan {
 public:
  Scan(const OpenFile& open, const arrow::Schema& schema, std::string doing, scratch::Limits limits)
      : file_(open.file), reader_(*open.reader), schema_(schema), doing_(std::move(doing)), limits_(std::move(limits)) {
    for (const auto& field : reader_.manifest().schema_fields) {
      if (schema.GetFieldIndex(field.field->name()) >= 0) add_leaves(field, leaves_);
    }
  }

  Result<std::shared_ptr<arrow::RecordBatch>> row_group(int index, const std::shared_ptr<arrow::Schema>& schema) {
    const int64_t rows = reader_.parquet_reader()->metadata()->RowGroup(index)->num_rows();
    VOXLAKE_ASSIGN(const auto long_lists, read_long_ones(index));
    std::vector<int> leaves;
    std::copy_if(leaves_.begin(), leaves_.end(), std::back_inserter(leaves), [&](int leaf) { return !long_lists.contains(name_of(leaf)); });
    std::shared_ptr<arrow::Table> table;
    if (!leaves.empty()) {
      VOXLAKE_ARROW_ASSIGN(table, doing_, reader_.ReadRowGroup(index, leaves));
    }
    arrow::ArrayVector columns;
    for (const auto& field : schema_.fields()) {
      if (const auto found = long_lists.find(field->name()); found != long_lists.end()) {
        VOXLAKE_ASSIGN(auto cast, as_type(found->second, field->type(), doing_));
        columns.push_back(std::move(cast));
        continue;
      }
      std::shared_ptr<arrow::ChunkedArray> found = table == nullptr ? nullptr : table->GetColumnByName(field->name());
      if (found == nullptr) {
        VOXLAKE_ARROW_ASSIGN(auto nulls, doing_, arrow::MakeArrayOfNull(field->type(), rows));
        columns.push_back(std::move(nulls));
      } else {
        VOXLAKE_ASSIGN(auto piece, one_piece(*found, doing_));
        VOXLAKE_ASSIGN(auto cast, as_type(std::move(piece), field->type(), doing_));
        columns.push_back(std::move(cast));
      }
    }
    return arrow::RecordBatch::Make(schema, rows, std::move(columns));
  }

 private:
  using LongLists = std::map<std::string, std::shared_ptr<arrow::Array>, std::less<>>;

  /// The column that a leaf belongs to.
  const std::string& name_of(int leaf) const { return reader_.parquet_reader()->metadata()->schema()->GetColumnRoot(leaf)->name(); }

  /// Columns of the row group that are too long to be read as a whole.
  Result<LongLists> read_long_ones(int index) {
    LongLists found;
    const auto group = reader_.parquet_reader()->RowGroup(index);
    for (const int leaf : leaves_) {
      if (!has_long_lists(*group, leaf, limits_)) continue;
      if (streaming_ == nullptr) {
        parquet::ReaderProperties properties;
        properties.enable_buffered_stream();  // not the whole column chunk at once
        properties.set_buffer_size(int64_t{1} << 20);
        streaming_ = parquet::ParquetFileReader::Open(file_, properties, reader_.parquet_reader()->metadata());
      }
      VOXLAKE_ASSIGN(auto lists, read_long_lists(*streaming_->RowGroup(index), leaf, limits_));
      if (lists != nullptr) found.emplace(name_of(leaf), std::move(lists));
    }
    return found;
  }

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  parquet::arrow::FileReader& reader_;
  const arrow::Schema& schema_;
  std::string doing_;
  scratch::Limits limits_;
  std::unique_ptr<parquet::ParquetFileReader> streaming_;
  std::vector<int> leaves_;
};

}  // namespace

Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_random_access(std::shared_ptr<Storage> storage, const std::string& path,
                                                                        int64_t bytes) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  if (auto file = storage->local_file(checked)) {
    VOXLAKE_ARROW_ASSIGN(auto opened, "cannot open " + path, arrow::io::ReadableFile::Open(*file));
    return std::shared_ptr<arrow::io::RandomAccessFile>(std::move(opened));
  }
  return std::shared_ptr<arrow::io::RandomAccessFile>(std::make_shared<StorageFile>(std::move(storage), std::move(checked), bytes));
}

struct DataFileScan::Impl {
  Impl(OpenFile opened, std::shared_ptr<arrow::Schema> columns, std::string what, const scratch::Limits& limits)
      : doing(std::move(what)), schema(std::move(columns)), open(std::move(opened)), scan(open, *schema, doing, limits) {}
  std::string doing;
  std::shared_ptr<arrow::Schema> schema;
  OpenFile open;
  Scan scan;
  int next = 0;
};

DataFileScan::DataFileScan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DataFileScan::~DataFileScan() = default;

Result<std::unique_ptr<DataFileScan>> DataFileScan::open(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes,
                                                         std::shared_ptr<arrow::Schema> schema, const scratch::Limits& limits) {
  const std::string doing = "cannot read " + path;
  try {
    VOXLAKE_ASSIGN(auto open, open_parquet(std::move(storage), path, bytes, schema.get(), doing));
    auto impl = std::make_unique<Impl>(std::move(open), std::move(schema), doing, limits);
    return std::unique_ptr<DataFileScan>(new DataFileScan(std::move(impl)));
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::corrupt_data, doing));
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> DataFileScan::next() {
  if (impl_->next >= impl_->open.reader->num_row_groups()) return std::shared_ptr<arrow::RecordBatch>();
  try {
    return impl_->scan.row_group(impl_->next++, impl_->schema);
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::corrupt_data, impl_->doing));
  }
}

Status scan_data_file(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes,
                      const std::shared_ptr<arrow::Schema>& schema,
                      const std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>& visit, const scratch::Limits& limits) {
  VOXLAKE_ASSIGN(const auto scan, DataFileScan::open(std::move(storage), path, bytes, schema, limits));
  for (;;) {
    VOXLAKE_ASSIGN(const auto batch, scan->next());
    if (batch == nullptr) return {};
    VOXLAKE_TRY(visit(batch));
  }
}

Result<int64_t> count_rows(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes) {
  const std::string doing = "cannot read " + path;
  try {
    VOXLAKE_ASSIGN(const auto open, open_parquet(std::move(storage), path, bytes, nullptr, doing));
    return open.reader->parquet_reader()->metadata()->num_rows();
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::corrupt_data, doing));
  }
}

}  // namespace voxlake::lake
