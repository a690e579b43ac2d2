#include "lake/delta_checkpoint.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>

#include "lake/arrow_error.h"
#include "lake/data_file_reader.h"

namespace voxlake::lake::delta {

namespace {

using Text = std::optional<std::string>;
using Texts = std::map<std::string, std::string>;

std::shared_ptr<arrow::DataType> text_map() {
  return arrow::map(arrow::utf8(), arrow::utf8());
}

std::shared_ptr<arrow::Schema> checkpoint_schema() {
  using arrow::field;
  const auto& text = arrow::utf8();
  const auto& number = arrow::int64();
  return arrow::schema({
      field("txn", arrow::struct_({field("appId", text), field("version", number), field("lastUpdated", number)})),
      field("add", arrow::struct_({field("path", text), field("partitionValues", text_map()), field("size", number),
                                   field("modificationTime", number), field("dataChange", arrow::boolean()), field("stats", text),
                                   field("tags", text_map())})),
      field("remove",
            arrow::struct_({field("path", text), field("deletionTimestamp", number), field("dataChange", arrow::boolean()),
                            field("extendedFileMetadata", arrow::boolean()), field("partitionValues", text_map()), field("size", number)})),
      field("metaData", arrow::struct_({field("id", text), field("name", text), field("description", text),
                                        field("format", arrow::struct_({field("provider", text), field("options", text_map())})),
                                        field("schemaString", text), field("partitionColumns", arrow::list(field("element", text))),
                                        field("configuration", text_map()), field("createdTime", number)})),
      field("protocol", arrow::struct_({field("minReaderVersion", arrow::int32()), field("minWriterVersion", arrow::int32())})),
  });
}

// Filling: each `append` adds one value to a builder of the matching type; the struct builders below are filled child by child.

arrow::Status append(arrow::ArrayBuilder* builder, const std::string& value) {
  return static_cast<arrow::StringBuilder*>(builder)->Append(value);
}
arrow::Status append(arrow::ArrayBuilder* builder, int64_t value) {
  return static_cast<arrow::Int64Builder*>(builder)->Append(value);
}
arrow::Status append(arrow::ArrayBuilder* builder, int value) {
  return static_cast<arrow::Int32Builder*>(builder)->Append(value);
}
arrow::Status append(arrow::ArrayBuilder* builder, bool value) {
  return static_cast<arrow::BooleanBuilder*>(builder)->Append(value);
}
template <typename T>
arrow::Status append(arrow::ArrayBuilder* builder, const std::optional<T>& value) {
  return value ? append(builder, *value) : builder->AppendNull();
}
arrow::Status append(arrow::ArrayBuilder* builder, const Texts& values) {
  auto* map = static_cast<arrow::MapBuilder*>(builder);
  ARROW_RETURN_NOT_OK(map->Append());
  for (const auto& [key, value] : values) {
    ARROW_RETURN_NOT_OK(append(map->key_builder(), key));
    ARROW_RETURN_NOT_OK(append(map->item_builder(), value));
  }
  return arrow::Status::OK();
}
arrow::Status append(arrow::ArrayBuilder* builder, const std::vector<std::string>& values) {
  auto* list = static_cast<arrow::ListBuilder*>(builder);
  ARROW_RETURN_NOT_OK(list->Append());
  for (const std::string& value : values) ARROW_RETURN_NOT_OK(append(list->value_builder(), value));
  return arrow::Status::OK();
}
/// One struct value, its children in order.
template <typename... Values>
arrow::Status append_struct(arrow::ArrayBuilder* builder, const Values&... values) {
  auto* object = static_cast<arrow::StructBuilder*>(builder);
  ARROW_RETURN_NOT_OK(object->Append());
  int child = 0;
  arrow::Status status;
  ((status = status.ok() ? append(object->field_builder(child++), values) : status), ...);
  return status;
}

enum Column { transaction_column, add_column, remove_column, metadata_column, protocol_column, column_count };

class CheckpointBuilder {
 public:
  arrow::Status open() {
    schema_ = checkpoint_schema();
    for (int i = 0; i < column_count; ++i) {
      ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), schema_->field(i)->type(), &builders_[i]));
    }
    return arrow::Status::OK();
  }

  arrow::Status fill(const Actions& actions) {
    if (actions.protocol) {
      ARROW_RETURN_NOT_OK(append_struct(row(protocol_column), actions.protocol->reader, actions.protocol->writer));
      ARROW_RETURN_NOT_OK(end_row(protocol_column));
    }
    if (actions.metadata) ARROW_RETURN_NOT_OK(fill_metadata(*actions.metadata));
    for (const Transaction& transaction : actions.transactions) {
      ARROW_RETURN_NOT_OK(append_struct(row(transaction_column), transaction.app_id, transaction.version, transaction.updated_ms));
      ARROW_RETURN_NOT_OK(end_row(transaction_column));
    }
    for (const RemoveFile& remove : actions.removes) {
      ARROW_RETURN_NOT_OK(append_struct(row(remove_column), encode_path(remove.path), remove.deleted_ms, remove.data_change,
                                        remove.bytes.has_value(), Texts{}, remove.bytes));
      ARROW_RETURN_NOT_OK(end_row(remove_column));
    }
    for (const AddFile& add : actions.adds) {
      // In a checkpoint an add changes nothing: it restates.
      ARROW_RETURN_NOT_OK(append_struct(row(add_column), encode_path(add.path), add.partition_values, add.bytes, add.modified_ms, false,
                                        add.stats.empty() ? Text() : Text(add.stats), add.tags));
      ARROW_RETURN_NOT_OK(end_row(add_column));
    }
    return arrow::Status::OK();
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> finish() {
    arrow::ArrayVector columns(column_count);
    for (int i = 0; i < column_count; ++i) ARROW_RETURN_NOT_OK(builders_[i]->Finish(&columns[static_cast<size_t>(i)]));
    const int64_t rows = columns[0]->length();
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

 private:
  arrow::ArrayBuilder* row(int column) { return builders_[column].get(); }
  /// Each row holds one action: the other columns are null.
  arrow::Status end_row(int filled) {
    for (int i = 0; i < column_count; ++i) {
      if (i != filled) ARROW_RETURN_NOT_OK(builders_[i]->AppendNull());
    }
    return arrow::Status::OK();
  }
  arrow::Status fill_metadata(const Metadata& metadata) {
    auto* object = static_cast<arrow::StructBuilder*>(row(metadata_column));
    ARROW_RETURN_NOT_OK(object->Append());
    ARROW_RETURN_NOT_OK(append(object->field_builder(0), metadata.id));
    ARROW_RETURN_NOT_OK(append(object->field_builder(1), metadata.name));
    ARROW_RETURN_NOT_OK(append(object->field_builder(2), metadata.description));
    ARROW_RETURN_NOT_OK(append_struct(object->field_builder(3), metadata.provider, Texts{}));
    ARROW_RETURN_NOT_OK(append(object->field_builder(4), metadata.schema_string));
    ARROW_RETURN_NOT_OK(append(object->field_builder(5), metadata.partition_columns));
    ARROW_RETURN_NOT_OK(append(object->field_builder(6), metadata.configuration));
    ARROW_RETURN_NOT_OK(append(object->field_builder(7), metadata.created_ms));
    return end_row(metadata_column);
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::ArrayBuilder> builders_[column_count];
};

arrow::Result<std::string> encode(const Actions& actions) {
  CheckpointBuilder builder;
  ARROW_RETURN_NOT_OK(builder.open());
  ARROW_RETURN_NOT_OK(builder.fill(actions));
  ARROW_ASSIGN_OR_RAISE(auto batch, builder.finish());
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches({batch}));
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  auto properties = parquet::WriterProperties::Builder().created_by("voxlake")->compression(parquet::Compression::SNAPPY)->build();
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), stream, std::max<int64_t>(table->num_rows(), 1), properties));
  ARROW_ASSIGN_OR_RAISE(auto buffer, stream->Finish());
  return buffer->ToString();
}

// Reading: values by row out of arrays of whatever string and list types another writer's file declares.

Text text_at(const arrow::Array* array, int64_t row) {
  if (array == nullptr || array->IsNull(row)) return std::nullopt;
  switch (array->type_id()) {
    case arrow::Type::STRING: return std::string(static_cast<const arrow::StringArray*>(array)->GetView(row));
    case arrow::Type::LARGE_STRING: return std::string(static_cast<const arrow::LargeStringArray*>(array)->GetView(row));
    case arrow::Type::STRING_VIEW: return std::string(static_cast<const arrow::StringViewArray*>(array)->GetView(row));
    default: return std::nullopt;
  }
}

std::optional<int64_t> number_at(const arrow::Array* array, int64_t row) {
  if (array == nullptr || array->IsNull(row)) return std::nullopt;
  switch (array->type_id()) {
    case arrow::Type::INT64: return static_cast<const arrow::Int64Array*>(array)->Value(row);
    case arrow::Type::INT32: return static_cast<const arrow::Int32Array*>(array)->Value(row);
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray*>(array)->Value(row);
    default: return std::nullopt;
  }
}

Texts map_at(const arrow::Array* array, int64_t row) {
  Texts result;
  if (array == nullptr || array->type_id() != arrow::Type::MAP || array->IsNull(row)) return result;
  const auto& map = *static_cast<const arrow::MapArray*>(array);
  for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    if (Text value = text_at(map.items().get(), i)) result[text_at(map.keys().get(), i).value_or("")] = *value;
  }
  return result;
}

std::vector<std::string> list_at(const arrow::Array* array, int64_t row) {
  std::vector<std::string> result;
  if (array == nullptr || array->IsNull(row)) return result;
  std::shared_ptr<arrow::Array> values;
  if (array->type_id() == arrow::Type::LIST) values = static_cast<const arrow::ListArray*>(array)->value_slice(row);
  if (array->type_id() == arrow::Type::LARGE_LIST) values = static_cast<const arrow::LargeListArray*>(array)->value_slice(row);
  for (int64_t i = 0; values != nullptr && i < values->length(); ++i) {
    if (Text value = text_at(values.get(), i)) result.push_back(*value);
  }
  return result;
}

/// One action's column: its children by name.
class ActionColumn {
 public:
  ActionColumn(const arrow::RecordBatch& batch, const std::string& name) {
    auto column = batch.GetColumnByName(name);
    if (column != nullptr && column->type_id() == arrow::Type::STRUCT) array_ = std::static_pointer_cast<arrow::StructArray>(column);
  }
  explicit ActionColumn(const std::shared_ptr<arrow::Array>& array) {
    if (array != nullptr && array->type_id() == arrow::Type::STRUCT) array_ = std::static_pointer_cast<arrow::StructArray>(array);
  }
  bool has(int64_t row) const { return array_ != nullptr && !array_->IsNull(row); }
  std::shared_ptr<arrow::Array> child(const std::string& name) const { return array_ == nullptr ? nullptr : array_->GetFieldByName(name); }

 private:
  std::shared_ptr<arrow::StructArray> array_;
};

/// A path that every action must have.
Result<std::string> path_at(const arrow::Array* array, int64_t row) {
  Text path = text_at(array, row);
  if (!path) return failure(ErrorKind::corrupt_data, "an action has no path");
  return decode_path(*path);
}

Status read_adds(const arrow::RecordBatch& batch, Actions& actions) {
  ActionColumn column(batch, "add");
  auto path = column.child("path"), partition = column.child("partitionValues"), size = column.child("size");
  auto modified = column.child("modificationTime"), stats = column.child("stats"), tags = column.child("tags");
  auto vectors = column.child("deletionVector");
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!column.has(row)) continue;
    if (vectors != nullptr && !vectors->IsNull(row)) return failure(ErrorKind::unsupported, "a file has a deletion vector");
    AddFile add;
    VOXLAKE_ASSIGN(add.path, path_at(path.get(), row));
    add.partition_values = map_at(partition.get(), row);
    add.bytes = number_at(size.get(), row).value_or(0);
    add.modified_ms = number_at(modified.get(), row).value_or(0);
    add.stats = text_at(stats.get(), row).value_or("");
    add.tags = map_at(tags.get(), row);
    actions.adds.push_back(std::move(add));
  }
  return {};
}

Status read_removes(const arrow::RecordBatch& batch, Actions& actions) {
  ActionColumn column(batch, "remove");
  auto path = column.child("path"), deleted = column.child("deletionTimestamp"), size = column.child("size");
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!column.has(row)) continue;
    RemoveFile remove;
    VOXLAKE_ASSIGN(remove.path, path_at(path.get(), row));
    remove.deleted_ms = number_at(deleted.get(), row);
    remove.bytes = number_at(size.get(), row);
    actions.removes.push_back(std::move(remove));
  }
  return {};
}

void read_transactions(const arrow::RecordBatch& batch, Actions& actions) {
  ActionColumn column(batch, "txn");
  auto app = column.child("appId"), version = column.child("version"), updated = column.child("lastUpdated");
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!column.has(row)) continue;
    actions.transactions.push_back(
        {text_at(app.get(), row).value_or(""), number_at(version.get(), row).value_or(0), number_at(updated.get(), row)});
  }
}

void read_metadata(const arrow::RecordBatch& batch, Actions& actions) {
  ActionColumn column(batch, "metaData");
  ActionColumn format(column.child("format"));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!column.has(row)) continue;
    Metadata metadata;
    metadata.id = text_at(column.child("id").get(), row).value_or("");
    metadata.name = text_at(column.child("name").get(), row);
    metadata.description = text_at(column.child("description").get(), row);
    metadata.provider = text_at(format.child("provider").get(), row).value_or("parquet");
    metadata.schema_string = text_at(column.child("schemaString").get(), row).value_or("");
    metadata.partition_columns = list_at(column.child("partitionColumns").get(), row);
    metadata.configuration = map_at(column.child("configuration").get(), row);
    metadata.created_ms = number_at(column.child("createdTime").get(), row);
    actions.metadata = std::move(metadata);
  }
}

void read_protocol(const arrow::RecordBatch& batch, Actions& actions) {
  ActionColumn column(batch, "protocol");
  auto reader = column.child("minReaderVersion"), writer = column.child("minWriterVersion");
  auto reader_features = column.child("readerFeatures"), writer_features = column.child("writerFeatures");
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!column.has(row)) continue;
    Protocol protocol{static_cast<int>(number_at(reader.get(), row).value_or(1)),
                      static_cast<int>(number_at(writer.get(), row).value_or(1)), list_at(reader_features.get(), row)};
    for (std::string& feature : list_at(writer_features.get(), row)) protocol.features.push_back(std::move(feature));
    actions.protocol = std::move(protocol);
  }
}

/// The leaves that we need: not the parsed copies of statistics and partition values, which repeat what is there as text.
std::vector<int> wanted_leaves(const parquet::arrow::FileReader& reader) {
  std::vector<int> leaves;
  const auto& schema = *reader.parquet_reader()->metadata()->schema();
  for (int i = 0; i < schema.num_columns(); ++i) {
    std::string path = schema.Column(i)->path()->ToDotString();
    bool wanted = path.starts_with("txn.") || path.starts_with("remove.") || path.starts_with("metaData.") ||
                  path.starts_with("protocol.") ||
                  (path.starts_with("add.") && !path.starts_with("add.stats_parsed") && !path.starts_with("add.partitionValues_parsed"));
    if (wanted) leaves.push_back(i);
  }
  return leaves;
}

Result<std::shared_ptr<arrow::RecordBatch>> read_rows(const std::shared_ptr<Storage>& storage, const std::string& path) {
  const std::string doing = "cannot read the checkpoint " + path;
  VOXLAKE_ASSIGN(FileInfo info, storage->info(path));
  VOXLAKE_ASSIGN(auto file, open_random_access(storage, path, info.bytes));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  VOXLAKE_ARROW_TRY(doing, builder.Open(std::move(file)));
  VOXLAKE_ARROW_ASSIGN(auto reader, doing, builder.properties(properties)->Build());
  VOXLAKE_ARROW_ASSIGN(auto table, doing, reader->ReadTable(wanted_leaves(*reader)));
  VOXLAKE_ARROW_ASSIGN(auto batch, doing, table->CombineChunksToBatch());
  return batch;
}

}  // namespace

Result<std::string> encode_checkpoint(const Actions& actions) {
  try {
    VOXLAKE_ARROW_ASSIGN(std::string bytes, "cannot write a checkpoint", encode(actions));
    return bytes;
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::internal, "cannot write a checkpoint"));
  }
}

Result<Actions> read_checkpoint(const std::shared_ptr<Storage>& storage, const std::string& path) {
  try {
    VOXLAKE_ASSIGN(auto batch, read_rows(storage, path));
    Actions actions;
    VOXLAKE_TRY(read_adds(*batch, actions));
    VOXLAKE_TRY(read_removes(*batch, actions));
    read_transactions(*batch, actions);
    read_metadata(*batch, actions);
    read_protocol(*batch, actions);
    return actions;
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_parquet(error, ErrorKind::corrupt_data, "cannot read the checkpoint " + path));
  }
}

}  // namespace voxlake::lake::delta
