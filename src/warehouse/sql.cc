#include "warehouse/sql.h"

#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "warehouse/duckdb.h"
#include "warehouse/text_table.h"
#include "warehouse/views.h"

namespace voxlake::warehouse {

namespace {

/// Tables are aligned over all their rows: past this many a format that streams must be chosen.
constexpr size_t most_table_rows = 1'000'000;

constexpr const char* see_history =
    "`voxlake table history` lists the versions; a table without the one named has no view, and files that a vacuum removed are gone";

/// Threads of DuckDB's that ask for files which are not on this machine's disks: they wait most of the time.
constexpr unsigned threads_that_wait = 8;

bool is_here(const lake::Storage& storage) {
  return storage.local_file("").has_value();
}

struct NamedFormat {
  const char* name;
  SqlFormat format;
};
constexpr NamedFormat formats[] = {{"table", SqlFormat::table},
                                   {"csv", SqlFormat::csv},
                                   {"json", SqlFormat::json},
                                   {"jsonl", SqlFormat::jsonl},
                                   {"parquet", SqlFormat::parquet}};

std::string csv_field(const std::optional<std::string>& value) {
  if (!value) return "";
  if (!value->empty() && value->find_first_of(",\"\r\n") == std::string::npos) return *value;
  std::string quoted = "\"";
  for (char c : *value) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_value(const Column& column, const std::optional<std::string>& value) {
  if (!value) return "null";
  switch (column.kind) {
    case ColumnKind::number:
      // JSON has no nan and no infinity.
      return std::isfinite(std::strtod(value->c_str(), nullptr)) || value->find_first_of("ni") == std::string::npos ? *value : "null";
    case ColumnKind::truth:
    case ColumnKind::nested: return *value;
    default: return json_text(*value);
  }
}

std::string json_object(const std::vector<Column>& columns, const Values& row) {
  std::string text = "{";
  for (size_t i = 0; i < columns.size(); ++i) {
    text.append(i == 0 ? "" : ",").append(json_text(columns[i].name)).append(":").append(json_value(columns[i], row[i]));
  }
  return text + "}";
}

Status write_table(Database& database, const std::string& sql, int width, std::ostream& output) {
  std::optional<TextTable> table;
  bool is_plan = false;
  size_t rows = 0;
  VOXLAKE_TRY(database.query(
      sql, NestedStyle::duckdb,
      [&](const std::vector<Column>& columns) -> Status {
        table.emplace(columns, width);
        is_plan = columns.size() == 2 && columns[0].name == "explain_key" && columns[1].name == "explain_value";
        return {};
      },
      [&](const Values& row) -> Status {
        if (++rows > most_table_rows) {
          return failure(ErrorKind::limit_exceeded,
                         "the answer has more than " + std::to_string(most_table_rows) + " rows, too many to align",
                         "add a LIMIT, or use --format csv");
        }
        if (is_plan) {
          output << row[1].value_or("") << '\n';  // a drawing of its own
        } else {
          table->add(row);
        }
        return {};
      }));
  if (!is_plan) table->print(output);
  return {};
}

Status write_csv(Database& database, const std::string& sql, std::ostream& output) {
  return database.query(
      sql, NestedStyle::json,
      [&](const std::vector<Column>& columns) -> Status {
        for (size_t i = 0; i < columns.size(); ++i) output << (i == 0 ? "" : ",") << csv_field(columns[i].name);
        output << "\r\n";
        return {};
      },
      [&](const Values& row) -> Status {
        for (size_t i = 0; i < row.size(); ++i) output << (i == 0 ? "" : ",") << csv_field(row[i]);
        output << "\r\n";
        return {};
      });
}

Status write_json(Database& database, const std::string& sql, bool lines, std::ostream& output) {
  std::vector<Column> names;
  size_t rows = 0;
  Status status = database.query(
      sql, NestedStyle::json,
      [&](const std::vector<Column>& columns) -> Status {
        names = columns;
        return {};
      },
      [&](const Values& row) -> Status {
        if (!lines) output << (rows == 0 ? "[\n" : ",\n");
        output << json_object(names, row);
        if (lines) output << '\n';
        ++rows;
        return {};
      });
  if (status && !lines) output << (rows == 0 ? "[]\n" : "\n]\n");
  return status;
}

Status pour(const std::string& path, std::ostream& output) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(size_t{256} << 10);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    output.write(piece.data(), file.gcount());
  }
  if (file.bad() || !file.eof()) return failure(ErrorKind::io, "cannot read the temporary file " + path);
  return {};
}

/// Parquet is not written front to back: it goes through a file.
Status write_parquet(Database& database, const std::string& sql, std::ostream& output) {
  std::error_code error;
  std::string file = (std::filesystem::temp_directory_path(error) / "voxlake-sql-XXXXXX").string();
  int descriptor = error ? -1 : ::mkstemp(file.data());
  if (descriptor < 0) return failure(ErrorKind::io, "cannot make a temporary file", "set TMPDIR to a folder with some space");
  ::close(descriptor);
  Status status = database.query_to_parquet(sql, file);
  if (status) status = pour(file, output);
  std::remove(file.c_str());
  return status;
}

Status write_answer(Database& database, const std::string& sql, const SqlOptions& options, std::ostream& output) {
  switch (options.format) {
    case SqlFormat::table: return write_table(database, sql, options.width, output);
    case SqlFormat::csv: return write_csv(database, sql, output);
    case SqlFormat::json: return write_json(database, sql, /*lines=*/false, output);
    case SqlFormat::jsonl: return write_json(database, sql, /*lines=*/true, output);
    case SqlFormat::parquet: return write_parquet(database, sql, output);
  }
  return failure(ErrorKind::internal, "unknown format");
}

}  // namespace

Result<SqlFormat> parse_sql_format(const std::string& name) {
  std::string names;
  for (const NamedFormat& format : formats) {
    if (name == format.name) return format.format;
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return failure(ErrorKind::invalid_argument, "there is no format " + name, "use one of " + names);
}

Result<SqlSession> SqlSession::open(const std::shared_ptr<lake::Storage>& storage, const SqlOptions& options) {
  VOXLAKE_ASSIGN(auto views, views_of(storage, options.default_set, options.as_of));
  if (views.empty()) {
    if (!options.as_of.is_newest()) return failure(ErrorKind::not_found, "no table of the lake has such a version", see_history);
    return failure(ErrorKind::not_found, "there are no tables in the lake " + storage->address(""),
                   "fill it with `voxlake run`, or name another by --lake");
  }
  VOXLAKE_ASSIGN(Database database, Database::open());
  VOXLAKE_TRY(database.show_lake(storage));
  for (const View& view : views) VOXLAKE_TRY(database.execute(create_statement(view)));
  if (!is_here(*storage)) VOXLAKE_TRY(database.execute("SET threads = " + std::to_string(threads_that_wait)));
  return SqlSession(storage, std::move(database), std::move(views), options);
}

std::map<std::string, std::vector<ScanFilter>> SqlSession::filters_of(const std::string& sql) {
  std::map<std::string, std::vector<ScanFilter>> filters;
  if (is_here(*storage_)) return filters;  // DuckDB reads the files itself
  if (!planner_) {
    auto opened = ScanPlanner::open(storage_, options_.default_set, options_.as_of);
    if (!opened) return filters;
    planner_.emplace(std::move(*opened));
  }
  const auto scans = planner_->plan(sql, options_.parameters);
  if (!scans) return filters;  // wrong, or no query: DuckDB will say so
  for (const PlannedScan& scan : *scans) filters[scan.table.path()].push_back(scan.filter);
  return filters;
}

Status SqlSession::run(const std::string& sql, std::ostream& output) {
  database_.set_parameters(options_.parameters);
  database_.set_stop(options_.stopped);
  database_.set_lake_filters(filters_of(sql));
  Status answered = write_answer(database_, sql, options_, output);
  if (!answered && !options_.as_of.is_newest() && answered.error().remedy.empty()) answered.error().remedy = see_history;
  VOXLAKE_TRY(std::move(answered));
  output.flush();
  if (!output) return failure(ErrorKind::io, "cannot write the answer");
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> SqlSession::columns_of(const std::string& view) {
  VOXLAKE_ASSIGN(const auto rows, database_.query("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = " +
                                                  sql_literal(view) + " ORDER BY column_index"));
  if (rows.empty()) return failure(ErrorKind::not_found, "there is no view " + view);
  std::vector<std::pair<std::string, std::string>> columns;
  for (const auto& row : rows) columns.emplace_back(row[0].value_or(""), row[1].value_or(""));
  return columns;
}

Status run_sql(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options, std::ostream& output) {
  VOXLAKE_ASSIGN(SqlSession session, SqlSession::open(storage, options));
  return session.run(sql, output);
}

}  // namespace voxlake::warehouse
