#include "warehouse/lake_scan.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>

#include "lake/as_of.h"
#include "lake/data_file_reader.h"
#include "lake/file_statistics.h"
#include "lake/table_state.h"
#include "warehouse/duckdb.h"

namespace voxlake::warehouse {

namespace {

constexpr idx_t most_threads = 8;

/// What the function keeps as long as a database knows it.
struct Source {
  const DuckdbLibrary* library;
  duckdb_database database;
  std::shared_ptr<lake::Storage> storage;
  std::shared_ptr<LakeFilters> filters;
  std::mutex mutex;
  /// By path and version, what was opened before: a view is looked at when it is made, and again by each query. Guarded by mutex.
  std::map<std::pair<std::string, int64_t>, lake::Table> tables;

  Result<lake::Table> table(const std::string& path, int64_t version) {
    const std::lock_guard lock(mutex);
    const auto found = tables.find({path, version});
    if (found != tables.end()) return found->second;
    lake::AsOf as_of;
    as_of.version = version;
    VOXLAKE_ASSIGN(lake::Table opened, lake::open_as_of(storage, path, as_of));
    tables.emplace(std::pair(path, version), opened);
    return opened;
  }
};

/// One call of the function in a query.
struct Call {
  lake::Table table;
};

/// One run of the query.
struct Run {
  std::shared_ptr<arrow::Schema> schema;  ///< of the columns that the query uses
  std::vector<int> outputs;               ///< for each of DuckDB's columns the one in `schema`, -1 where it wants none of ours
  std::vector<size_t> files;              ///< of the table, those to be read
  std::atomic<size_t> next_file = 0;
};

/// A connection of our own, for what turns Arrow's types into DuckDB's: the query's own is taken while it runs.
class OwnConnection {
 public:
  OwnConnection(const DuckdbLibrary& library, duckdb_database database) : library_(library) {
    if (library_.connect(database, &connection_) != DuckDBSuccess) connection_ = nullptr;
  }
  ~OwnConnection() {
    if (connection_ != nullptr) library_.disconnect(&connection_);
  }
  OwnConnection(const OwnConnection&) = delete;
  duckdb_connection get() const { return connection_; }

 private:
  const DuckdbLibrary& library_;
  duckdb_connection connection_ = nullptr;
};

/// What one of DuckDB's threads is at.
struct Progress {
  explicit Progress(const Source& source) : connection(*source.library, source.database) {}
  OwnConnection connection;
  std::unique_ptr<lake::DataFileScan> file;
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t offset = 0;
};

template <typename Type>
void destroy(void* object) {
  delete static_cast<Type*>(object);
}

/// A logical type that destroys itself.
class LogicalType {
 public:
  LogicalType(const DuckdbLibrary& library, duckdb_logical_type type) : library_(library), type_(type) {}
  ~LogicalType() { library_.destroy_logical_type(&type_); }
  LogicalType(const LogicalType&) = delete;
  duckdb_logical_type get() const { return type_; }

 private:
  const DuckdbLibrary& library_;
  duckdb_logical_type type_;
};

duckdb_logical_type type_of(const DuckdbLibrary& library, const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32: return library.create_logical_type(DUCKDB_TYPE_INTEGER);
    case arrow::Type::INT64: return library.create_logical_type(DUCKDB_TYPE_BIGINT);
    case arrow::Type::FLOAT: return library.create_logical_type(DUCKDB_TYPE_FLOAT);
    case arrow::Type::DOUBLE: return library.create_logical_type(DUCKDB_TYPE_DOUBLE);
    case arrow::Type::BOOL: return library.create_logical_type(DUCKDB_TYPE_BOOLEAN);
    case arrow::Type::TIMESTAMP: return library.create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ);
    case arrow::Type::LIST: {
      const LogicalType inner(library, type_of(library, *static_cast<const arrow::ListType&>(type).value_type()));
      return library.create_list_type(inner.get());
    }
    default: return library.create_logical_type(DUCKDB_TYPE_VARCHAR);
  }
}

const DuckdbLibrary& loaded_library() {
  return **DuckdbLibrary::load();  // it called us
}

void bind(duckdb_bind_info info) {
  const DuckdbLibrary& library = loaded_library();
  auto& source = *static_cast<Source*>(library.bind_get_extra_info(info));
  duckdb_value path_value = library.bind_get_parameter(info, 0);
  duckdb_value version_value = library.bind_get_parameter(info, 1);
  char* path = library.get_varchar(path_value);
  const int64_t version = library.get_int64(version_value);
  const std::string table_path = path == nullptr ? "" : path;
  library.free(path);
  library.destroy_value(&path_value);
  library.destroy_value(&version_value);
  Result<lake::Table> table = source.table(table_path, version);
  if (!table) {
    library.bind_set_error(info, table.error().to_string().c_str());
    return;
  }
  const int64_t rows = table->rows();
  for (const auto& field : table->schema()->fields()) {
    const LogicalType type(library, type_of(library, *field->type()));
    library.bind_add_result_column(info, field->name().c_str(), type.get());
  }
  library.bind_set_cardinality(info, static_cast<idx_t>(std::max<int64_t>(rows, 0)), true);
  library.bind_set_bind_data(info, new Call{std::move(*table)}, &destroy<Call>);
}

void begin_run(duckdb_init_info info) {
  const DuckdbLibrary& library = loaded_library();
  const auto& call = *static_cast<const Call*>(library.init_get_bind_data(info));
  const auto& source = *static_cast<const Source*>(library.init_get_extra_info(info));
  const auto schema = call.table.schema();
  auto run = std::make_unique<Run>();
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (idx_t i = 0; i < library.init_get_column_count(info); ++i) {
    const idx_t column = library.init_get_column_index(info, i);
    const bool ours = column < static_cast<idx_t>(schema->num_fields());  // else it only counts rows
    run->outputs.push_back(ours ? static_cast<int>(fields.size()) : -1);
    if (ours) fields.push_back(schema->field(static_cast<int>(column)));
  }
  run->schema = arrow::schema(std::move(fields));
  run->files = source.filters->files_to_read(call.table);
  library.init_set_max_threads(info, std::clamp<idx_t>(run->files.size(), 1, most_threads));
  library.init_set_init_data(info, run.release(), &destroy<Run>);
}

void begin_thread(duckdb_init_info info) {
  const DuckdbLibrary& library = loaded_library();
  const auto& source = *static_cast<const Source*>(library.init_get_extra_info(info));
  library.init_set_init_data(info, new Progress(source), &destroy<Progress>);
}

/// Moves to the next rows that there are; false at the end.
Result<bool> advance(const Source& source, const Call& call, Run& run, Progress& progress) {
  while (progress.batch == nullptr || progress.offset >= progress.batch->num_rows()) {
    if (progress.file == nullptr) {
      const size_t index = run.next_file++;
      if (index >= run.files.size()) return false;
      const lake::DataFile& file = call.table.files()[run.files[index]];
      VOXLAKE_ASSIGN(progress.file, lake::DataFileScan::open(source.storage, call.table.path() + "/" + file.path, file.bytes, run.schema));
    }
    VOXLAKE_ASSIGN(progress.batch, progress.file->next());
    progress.offset = 0;
    if (progress.batch == nullptr) progress.file.reset();
  }
  return true;
}

/// DuckDB's own words for what went wrong; empty where nothing did.
std::string message_of(const DuckdbLibrary& library, duckdb_error_data error) {
  std::string message;
  if (error != nullptr && library.error_data_has_error(error)) message = library.error_data_message(error);
  library.destroy_error_data(&error);
  return message;
}

/// Hands rows to DuckDB: by Arrow's C interface, without copying what need not be.
std::string fill(const Source& source, const Run& run, const arrow::RecordBatch& rows, duckdb_connection connection,
                 duckdb_data_chunk output) {
  const DuckdbLibrary& library = *source.library;
  library.data_chunk_set_size(output, static_cast<idx_t>(rows.num_rows()));
  if (rows.num_columns() == 0) return {};
  ArrowSchema schema{};
  ArrowArray array{};
  if (const auto status = arrow::ExportSchema(*rows.schema(), &schema); !status.ok()) return status.ToString();
  duckdb_arrow_converted_schema converted = nullptr;
  std::string problem = message_of(library, library.schema_from_arrow(connection, &schema, &converted));
  if (schema.release != nullptr) schema.release(&schema);
  if (!problem.empty()) return problem;
  duckdb_data_chunk chunk = nullptr;
  if (const auto status = arrow::ExportRecordBatch(rows, &array); !status.ok()) {
    problem = status.ToString();
  } else {
    problem = message_of(library, library.data_chunk_from_arrow(connection, &array, converted, &chunk));
  }
  library.destroy_arrow_converted_schema(&converted);
  if (problem.empty()) {
    for (size_t i = 0; i < run.outputs.size(); ++i) {
      if (run.outputs[i] < 0) continue;
      library.vector_reference_vector(library.data_chunk_get_vector(output, i),
                                      library.data_chunk_get_vector(chunk, static_cast<idx_t>(run.outputs[i])));
    }
  }
  if (chunk != nullptr) library.destroy_data_chunk(&chunk);
  return problem;
}

void produce(duckdb_function_info info, duckdb_data_chunk output) {
  const DuckdbLibrary& library = loaded_library();
  const auto& source = *static_cast<const Source*>(library.function_get_extra_info(info));
  const auto& call = *static_cast<const Call*>(library.function_get_bind_data(info));
  auto& run = *static_cast<Run*>(library.function_get_init_data(info));
  auto& progress = *static_cast<Progress*>(library.function_get_local_init_data(info));
  const Result<bool> more = advance(source, call, run, progress);
  if (!more) {
    library.function_set_error(info, more.error().to_string().c_str());
    return;
  }
  if (!*more) {
    library.data_chunk_set_size(output, 0);
    return;
  }
  const auto rows = progress.batch->Slice(progress.offset, static_cast<int64_t>(library.vector_size()));
  progress.offset += rows->num_rows();
  const std::string problem = fill(source, run, *rows, progress.connection.get(), output);
  if (!problem.empty()) library.function_set_error(info, ("cannot read " + call.table.path() + ": " + problem).c_str());
}

/// DuckDB is C++ behind C: an exception of ours must not go through it.
template <auto Function, auto Report, typename Info, typename... More>
void guarded(Info info, More... more) {
  try {
    Function(info, more...);
  } catch (const std::exception& error) {
    (loaded_library().*Report)(info, error.what());
  }
}

}  // namespace

void LakeFilters::set(ByTable filters) {
  const std::lock_guard lock(mutex_);
  filters_ = std::move(filters);
}

std::vector<size_t> LakeFilters::files_to_read(const lake::Table& table) const {
  std::vector<size_t> files;
  const auto& adds = table.state().adds;
  const std::lock_guard lock(mutex_);
  const auto found = filters_.find(table.path());
  const bool selective = found != filters_.end() && std::all_of(found->second.begin(), found->second.end(),
                                                                [](const ScanFilter& filter) { return filter.is_selective(); });
  for (size_t i = 0; i < adds.size(); ++i) {
    const bool wanted = !selective || std::any_of(found->second.begin(), found->second.end(), [&](const ScanFilter& filter) {
      return filter.may_pass(lake::stated_bounds(*adds[i], *table.schema(), filter.columns()));
    });
    if (wanted) files.push_back(i);
  }
  return files;
}

Status add_lake_scan(const DuckdbLibrary& library, duckdb_database database, duckdb_connection connection,
                     std::shared_ptr<lake::Storage> storage, std::shared_ptr<LakeFilters> filters) {
  duckdb_table_function function = library.create_table_function();
  library.table_function_set_name(function, "voxlake_scan");
  for (const duckdb_type type : {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT}) {
    const LogicalType parameter(library, library.create_logical_type(type));
    library.table_function_add_parameter(function, parameter.get());
  }
  library.table_function_set_extra_info(function, new Source{&library, database, std::move(storage), std::move(filters), {}, {}},
                                        &destroy<Source>);
  library.table_function_set_bind(function, [](duckdb_bind_info info) { guarded<bind, &DuckdbLibrary::bind_set_error>(info); });
  library.table_function_set_init(function, [](duckdb_init_info info) { guarded<begin_run, &DuckdbLibrary::init_set_error>(info); });
  library.table_function_set_local_init(function,
                                        [](duckdb_init_info info) { guarded<begin_thread, &DuckdbLibrary::init_set_error>(info); });
  library.table_function_set_function(function, [](duckdb_function_info info, duckdb_data_chunk output) {
    guarded<produce, &DuckdbLibrary::function_set_error>(info, output);
  });
  library.table_function_supports_projection_pushdown(function, true);
  const duckdb_state state = library.register_table_function(connection, function);
  library.destroy_table_function(&function);
  if (state != DuckDBSuccess) return failure(ErrorKind::internal, "DuckDB does not take the table function voxlake_scan");
  return {};
}

std::string lake_scan_call(const lake::Table& table) {
  return "voxlake_scan(" + sql_literal(table.path()) + ", " + std::to_string(table.version()) + ")";
}

}  // namespace voxlake::warehouse
