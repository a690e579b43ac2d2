#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/scan_filter.h"

/// DuckDB, the warehouse of a lake in a folder.
namespace voxlake::warehouse {

/// The version of the DuckDB library that is found; not_found where there is none.
Result<std::string> duckdb_version();

/// What kind of thing a column holds, as far as printing needs to know.
enum class ColumnKind {
  text,
  number,  ///< its text is a JSON number, or nan or inf
  truth,   ///< its text is true or false
  nested,  ///< lists, structs, maps
};

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::text;
};

/// How nested values are written.
enum class NestedStyle {
  duckdb,  ///< [1, 2], {'a': 1}
  json,    ///< [1,2], {"a":1}
};

using Values = std::vector<std::optional<std::string>>;

/// A database, in memory or in a file, with one connection. It looks nothing up on any network. Not thread safe.
class Database {
 public:
  /// Opens the file, making it when absent; in memory where `path` is empty.
  static Result<Database> open(const std::string& path = {});
  ~Database();
  Database(Database&&) noexcept;

  /// Makes `voxlake_scan` known (lake_scan.h), by which views read a lake that is not on this machine's disks.
  Status show_lake(std::shared_ptr<lake::Storage> storage);
  /// What the next queries filter the lake's tables by (lake_scan.h), so that files without such rows are not read. Nothing: all are.
  void set_lake_filters(std::map<std::string, std::vector<ScanFilter>> filters);

  /// Values of the parameters that queries name: `$speaker`, by name without the `$`. A value is text, and takes on the type of what it is
  /// compared with; elsewhere write `$n::INTEGER`. A query whose parameter has none is an invalid_argument.
  void set_parameters(std::map<std::string, std::string> parameters);

  /// Asked now and then, by another thread, while a query runs: true breaks it off with `cancelled`.
  void set_stop(std::function<bool()> stop);

  /// Runs statements for their effect.
  Status execute(const std::string& sql);

  /// Runs one query (SELECT and its kin, or EXPLAIN): calls `begin` with the columns, then `row` with each row as it comes, values as
  /// DuckDB writes them, nothing for NULL. invalid_argument for SQL that is wrong, is more than one statement, or would change something.
  Status query(const std::string& sql, NestedStyle style, const std::function<Status(const std::vector<Column>&)>& begin,
               const std::function<Status(const Values&)>& row);
  /// The same in one piece, for small answers.
  Result<std::vector<Values>> query(const std::string& sql);

  /// Writes the answer of a query as a Parquet file.
  Status query_to_parquet(const std::string& sql, const std::string& file);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A text as an SQL literal, and a name as a quoted identifier.
std::string sql_literal(std::string_view text);
std::string sql_name(std::string_view name);

}  // namespace voxlake::warehouse
