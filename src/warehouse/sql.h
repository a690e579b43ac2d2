#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "error/result.h"
#include "lake/as_of.h"
#include "lake/storage.h"

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
  lake::AsOf as_of = {};  ///< which versions of the tables are asked
};

/// Runs one query over the newest versions of the lake's tables, or those that `as_of` means (the views of views.h, made in memory,
/// whatever was published when) and writes the answer to `output`, row by row but for tables. Changes nothing in the lake.
Status run_sql(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options, std::ostream& output);

}  // namespace voxlake::warehouse
