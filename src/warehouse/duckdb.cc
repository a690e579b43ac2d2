#include "warehouse/duckdb.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <thread>

#include "warehouse/duckdb_library.h"
#include "warehouse/lake_scan.h"

namespace voxlake::warehouse {

namespace {

ColumnKind kind_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: return ColumnKind::number;
    case DUCKDB_TYPE_BOOLEAN: return ColumnKind::truth;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_UNION: return ColumnKind::nested;
    default: return ColumnKind::text;
  }
}

/// DuckDB's messages span lines (a caret below the query's text); ours are one line.
std::string one_line(const char* message) {
  std::string text(message == nullptr ? "unknown error" : message);
  text.resize(std::min(text.find("\n\nLINE"), text.size()));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

tl::unexpected<Error> sql_failure(const char* message) {
  return failure(ErrorKind::invalid_argument, "cannot run the SQL: " + one_line(message));
}

tl::unexpected<Error> broken_off() {
  return failure(ErrorKind::cancelled, "broken off");
}

/// The statement without what ends it, so that it can stand in brackets.
std::string without_end(std::string sql) {
  while (!sql.empty() && (std::isspace(static_cast<unsigned char>(sql.back())) || sql.back() == ';')) sql.pop_back();
  return sql;
}

/// Drops white space and comments from the front.
void skip_space(std::string_view& sql) {
  for (;;) {
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n\f\v"), sql.size()));
    std::string_view ending = sql.starts_with("--") ? "\n" : sql.starts_with("/*") ? "*/" : "";
    if (ending.empty()) return;
    size_t end = sql.find(ending, 2);
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + ending.size());
  }
}

/// Drops a word from the front, in any case; false where another stands there.
bool skip_word(std::string_view& sql, std::string_view word) {
  skip_space(sql);
  if (sql.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(sql[i])) != word[i]) return false;
  }
  sql.remove_prefix(word.size());
  return true;
}

/// What an EXPLAIN explains: EXPLAIN ANALYZE runs it, so it must be harmless itself.
std::string explained(std::string_view sql) {
  if (!skip_word(sql, "explain")) return {};
  skip_word(sql, "analyze");
  skip_space(sql);
  if (sql.starts_with('(')) sql.remove_prefix(std::min(sql.find(')') + 1, sql.size()));
  return std::string(sql);
}

}  // namespace

struct Database::Impl {
  const DuckdbLibrary& library;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  std::map<std::string, std::string> parameters;
  std::function<bool()> stop;
  std::shared_ptr<LakeFilters> filters = std::make_shared<LakeFilters>();

  explicit Impl(const DuckdbLibrary& loaded) : library(loaded) {}
  ~Impl() {
    if (connection != nullptr) library.disconnect(&connection);
    if (database != nullptr) library.close(&database);
  }

  /// A statement that destroys itself.
  class Prepared;
  class Watch;
  Status open(const std::string& path);
  Status check_single_query(const std::string& sql, bool may_explain);
  Status stream(duckdb_prepared_statement statement, size_t columns, const std::function<Status(const Values&)>& row);
  void read_chunk(duckdb_data_chunk chunk, size_t columns, std::vector<Values>& rows) const;
};

/// Asks `stop` while a query runs, from a thread of its own: DuckDB comes back to its caller only now and then, and an interrupt that it
/// met before its query began is forgotten, so it is told again until the query has ended.
class Database::Impl::Watch {
 public:
  explicit Watch(Impl& impl) : thread_([this, &impl](const std::stop_token& ended) { run(impl, ended); }) {}
  bool stopped() const { return stopped_; }

 private:
  void run(Impl& impl, const std::stop_token& ended) {
    while (!ended.stop_requested()) {
      if (stopped_ || impl.stop()) {
        stopped_ = true;
        impl.library.interrupt(impl.connection);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  std::atomic<bool> stopped_ = false;
  std::jthread thread_;  ///< the last to be made and the first to go
};

class Database::Impl::Prepared {
 public:
  explicit Prepared(const DuckdbLibrary& library) : library_(library) {}
  ~Prepared() {
    if (statement_ != nullptr) library_.destroy_prepare(&statement_);
  }
  Prepared(const Prepared&) = delete;
  Status prepare(duckdb_connection connection, const std::string& sql) {
    if (library_.prepare(connection, sql.c_str(), &statement_) == DuckDBSuccess) return {};
    return sql_failure(library_.prepare_error(statement_));
  }
  /// Gives the statement's parameters their values.
  Status bind(const std::map<std::string, std::string>& values) {
    const idx_t count = library_.nparams(statement_);
    for (idx_t i = 1; i <= count; ++i) {
      const char* given = library_.parameter_name(statement_, i);
      const std::string name = given == nullptr ? "" : given;
      library_.free(const_cast<char*>(given));
      auto value = values.find(name);
      if (value == values.end()) {
        return failure(ErrorKind::invalid_argument, "cannot run the SQL: its parameter $" + name + " has no value",
                       "give it one with --param " + name + "=VALUE");
      }
      if (library_.bind_varchar_length(statement_, i, value->second.data(), value->second.size()) != DuckDBSuccess) {
        return sql_failure(library_.prepare_error(statement_));
      }
    }
    return {};
  }
  duckdb_prepared_statement get() const { return statement_; }
  std::vector<Column> columns() const {
    std::vector<Column> result;
    const idx_t count = library_.prepared_statement_column_count(statement_);
    for (idx_t i = 0; i < count; ++i) {
      const char* name = library_.prepared_statement_column_name(statement_, i);
      result.push_back({name == nullptr ? "" : name, kind_of(library_.prepared_statement_column_type(statement_, i))});
      library_.free(const_cast<char*>(name));
    }
    return result;
  }

 private:
  const DuckdbLibrary& library_;
  duckdb_prepared_statement statement_ = nullptr;
};

Status Database::Impl::open(const std::string& path) {
  duckdb_config config = nullptr;
  if (library.create_config(&config) != DuckDBSuccess) return failure(ErrorKind::internal, "cannot configure DuckDB");
  // Everything that is needed is in the library: never fetch an extension.
  library.set_config(config, "autoinstall_known_extensions", "false");
  library.set_config(config, "autoload_known_extensions", "false");
  char* message = nullptr;
  duckdb_state state = library.open_ext(path.empty() ? nullptr : path.c_str(), &database, config, &message);
  library.destroy_config(&config);
  if (state != DuckDBSuccess) {
    std::string text = one_line(message);
    library.free(message);
    return failure(ErrorKind::io, "cannot open the warehouse " + (path.empty() ? "in memory" : path) + ": " + text);
  }
  if (library.connect(database, &connection) != DuckDBSuccess) return failure(ErrorKind::internal, "cannot connect to DuckDB");
  return {};
}

Status Database::Impl::check_single_query(const std::string& sql, bool may_explain) {
  duckdb_extracted_statements statements = nullptr;
  idx_t count = library.extract_statements(connection, sql.c_str(), &statements);
  Status status;
  if (count == 0) {
    const char* message = library.extract_statements_error(statements);
    status = message == nullptr ? Status(failure(ErrorKind::invalid_argument, "there is no SQL to run")) : Status(sql_failure(message));
  } else if (count > 1) {
    status =
        failure(ErrorKind::invalid_argument, "cannot run " + std::to_string(count) + " SQL statements at once", "give them one by one");
  } else {
    duckdb_prepared_statement statement = nullptr;
    if (library.prepare_extracted_statement(connection, statements, 0, &statement) != DuckDBSuccess) {
      status = sql_failure(library.prepare_error(statement));
    } else if (auto type = library.prepared_statement_type(statement); type == DUCKDB_STATEMENT_TYPE_EXPLAIN && may_explain) {
      status = check_single_query(explained(sql), /*may_explain=*/false);
    } else if (type != DUCKDB_STATEMENT_TYPE_SELECT) {
      status = failure(ErrorKind::invalid_argument, "cannot run this SQL: only queries are allowed, the lake is not changed by SQL",
                       "use SELECT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN");
    }
    if (statement != nullptr) library.destroy_prepare(&statement);
  }
  if (statements != nullptr) library.destroy_extracted(&statements);
  return status;
}

void Database::Impl::read_chunk(duckdb_data_chunk chunk, size_t columns, std::vector<Values>& rows) const {
  const idx_t count = library.data_chunk_get_size(chunk);
  rows.assign(count, Values(columns));
  for (size_t column = 0; column < columns; ++column) {
    duckdb_vector vector = library.data_chunk_get_vector(chunk, column);
    auto* texts = static_cast<duckdb_string_t*>(library.vector_get_data(vector));
    const uint64_t* validity = library.vector_get_validity(vector);
    for (idx_t row = 0; row < count; ++row) {
      if (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0) continue;
      const duckdb_string_t& text = texts[row];
      const uint32_t length = text.value.inlined.length;
      // Up to 12 bytes are kept in place, longer texts elsewhere (DuckDB's string_t).
      rows[row][column].emplace(length <= 12 ? text.value.inlined.inlined : text.value.pointer.ptr, length);
    }
  }
}

Status Database::Impl::stream(duckdb_prepared_statement statement, size_t columns, const std::function<Status(const Values&)>& row) {
  duckdb_result result{};
  std::optional<Watch> watch;
  if (stop) watch.emplace(*this);
  Status status;
  if (library.execute_prepared_streaming(statement, &result) != DuckDBSuccess) {
    status = watch && watch->stopped() ? broken_off() : sql_failure(library.result_error(&result));
    library.destroy_result(&result);
    return status;
  }
  std::vector<Values> rows;
  while (status) {
    duckdb_data_chunk chunk = library.fetch_chunk(result);
    if (chunk == nullptr) break;
    read_chunk(chunk, columns, rows);
    library.destroy_data_chunk(&chunk);
    for (size_t i = 0; status && i < rows.size(); ++i) status = row(rows[i]);
  }
  const char* message = status ? library.result_error(&result) : nullptr;
  if (message != nullptr && *message != '\0') status = sql_failure(message);
  if (watch && watch->stopped()) status = broken_off();
  library.destroy_result(&result);
  return status;
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;

Result<Database> Database::open(const std::string& path) {
  VOXLAKE_ASSIGN(const DuckdbLibrary* library, DuckdbLibrary::load());
  auto impl = std::make_unique<Impl>(*library);
  VOXLAKE_TRY(impl->open(path));
  return Database(std::move(impl));
}

Status Database::show_lake(std::shared_ptr<lake::Storage> storage) {
  return add_lake_scan(impl_->library, impl_->database, impl_->connection, std::move(storage), impl_->filters);
}

void Database::set_lake_filters(std::map<std::string, std::vector<ScanFilter>> filters) {
  impl_->filters->set(std::move(filters));
}

void Database::set_parameters(std::map<std::string, std::string> parameters) {
  impl_->parameters = std::move(parameters);
}

void Database::set_stop(std::function<bool()> stop) {
  impl_->stop = std::move(stop);
}

Status Database::execute(const std::string& sql) {
  duckdb_result result{};
  Status status;
  if (impl_->library.query(impl_->connection, sql.c_str(), &result) != DuckDBSuccess)
    status = sql_failure(impl_->library.result_error(&result));
  impl_->library.destroy_result(&result);
  return status;
}

Status Database::query(const std::string& sql, NestedStyle style, const std::function<Status(const std::vector<Column>&)>& begin,
                       const std::function<Status(const Values&)>& row) {
  VOXLAKE_TRY(impl_->check_single_query(sql, /*may_explain=*/true));
  Impl::Prepared asked(impl_->library);
  VOXLAKE_TRY(asked.prepare(impl_->connection, sql));
  const std::vector<Column> columns = asked.columns();
  VOXLAKE_TRY(begin(columns));
  if (impl_->library.prepared_statement_type(asked.get()) == DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    VOXLAKE_TRY(asked.bind(impl_->parameters));
    return impl_->stream(asked.get(), columns.size(), row);  // its columns are texts already
  }
  // DuckDB itself turns every value into text: it knows all its types. Columns are named by position, for names may repeat.
  std::string names, casts;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string name = "c";
    name += std::to_string(i);
    bool as_json = style == NestedStyle::json && columns[i].kind == ColumnKind::nested;
    names.append(i == 0 ? "" : ", ").append(name);
    casts.append(i == 0 ? "" : ", ")
        .append(as_json ? "CAST(to_json(" : "CAST(")
        .append(name)
        .append(as_json ? ") AS VARCHAR)" : " AS VARCHAR)");
  }
  Impl::Prepared texts(impl_->library);
  VOXLAKE_TRY(texts.prepare(impl_->connection, "SELECT " + casts + " FROM (\n" + without_end(sql) + "\n) AS answer(" + names + ")"));
  VOXLAKE_TRY(texts.bind(impl_->parameters));
  return impl_->stream(texts.get(), columns.size(), row);
}

Result<std::vector<Values>> Database::query(const std::string& sql) {
  std::vector<Values> rows;
  VOXLAKE_TRY(query(
      sql, NestedStyle::duckdb, [](const std::vector<Column>&) -> Status { return {}; },
      [&](const Values& row) -> Status {
        rows.push_back(row);
        return {};
      }));
  return rows;
}

Status Database::query_to_parquet(const std::string& sql, const std::string& file) {
  VOXLAKE_TRY(impl_->check_single_query(sql, /*may_explain=*/false));
  Impl::Prepared copy(impl_->library);
  VOXLAKE_TRY(copy.prepare(impl_->connection, "COPY (\n" + without_end(sql) + "\n) TO " + sql_literal(file) + " (FORMAT parquet)"));
  VOXLAKE_TRY(copy.bind(impl_->parameters));
  duckdb_result result{};
  Status status;
  if (impl_->library.execute_prepared(copy.get(), &result) != DuckDBSuccess) status = sql_failure(impl_->library.result_error(&result));
  impl_->library.destroy_result(&result);
  return status;
}

Result<std::string> duckdb_version() {
  VOXLAKE_ASSIGN(const DuckdbLibrary* library, DuckdbLibrary::load());
  return std::string(library->library_version());
}

std::string sql_literal(std::string_view text) {
  std::string result = "'";
  for (char c : text) result.append(c == '\'' ? 2 : 1, c);
  return result + "'";
}

std::string sql_name(std::string_view name) {
  std::string result = "\"";
  for (char c : name) result.append(c == '"' ? 2 : 1, c);
  return result + "\"";
}

}  // namespace voxlake::warehouse
