#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "error/result.h"
#include "lake/as_of.h"
#include "lake/storage.h"
#include "warehouse/duckdb.h"
#include "warehouse/scan_plan.h"
#include "warehouse/views.h"

namespace voxlake::warehouse {

enum class SqlFormat {
  table,    ///< aligned, for people
  csv,      ///< RFC 4180, with a header; NULL is empty, an empty text is ""
  json,     ///< an array of objects
  jsonl,    ///< an object a line
  parquet,  ///< a Parquet file
};

/// The format of that name; invalid_argument, naming those that there are.
Result<SqlFormat> parse_sql_format(const std::string& name);

struct SqlOptions {
  SqlFormat format = SqlFormat::table;
  int width = 0;  ///< tables are cut to this many columns of characters; 0: as wide as they come
  std::string default_set = "spectral";
  lake::AsOf as_of = {};                               ///< which versions of the tables are asked
  std::map<std::string, std::string> parameters = {};  ///< by name, without the `$`
  std::function<bool()> stopped = {};                  ///< asked now and then, by another thread, while a query runs: true breaks it off
};

/// A conversation with the lake: the views of views.h over the newest versions of its tables, or those that `as_of` means, made in memory,
/// whatever was published when. Changes nothing in the lake. Not thread safe.
class SqlSession {
 public:
  /// not_found where the lake has no tables (of that version).
  static Result<SqlSession> open(const std::shared_ptr<lake::Storage>& storage, const SqlOptions& options);
  /// Runs one query and writes the answer to `output`, row by row but for tables.
  Status run(const std::string& sql, std::ostream& output);
  /// For what is run next.
  SqlOptions& options() { return options_; }
  const std::vector<View>& views() const { return views_; }
  /// The columns of a view and their types, as DuckDB names them; not_found where there is no such view.
  Result<std::vector<std::pair<std::string, std::string>>> columns_of(const std::string& view);

 private:
  SqlSession(std::shared_ptr<lake::Storage> storage, Database database, std::vector<View> views, SqlOptions options)
      : storage_(std::move(storage)), database_(std::move(database)), views_(std::move(views)), options_(std::move(options)) {}
  /// What a query filters the tables by, where we read them ourselves; nothing where that cannot be told.
  std::map<std::string, std::vector<ScanFilter>> filters_of(const std::string& sql);

  std::shared_ptr<lake::Storage> storage_;
  Database database_;
  std::vector<View> views_;
  SqlOptions options_;
  std::optional<ScanPlanner> planner_;  ///< made when first needed
};

/// One query of a session of its own.
Status run_sql(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options, std::ostream& output);

}  // namespace voxlake::warehouse
