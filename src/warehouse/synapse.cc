#include <arrow/type.h>

#include <algorithm>
#include <set>

#include "lake/table.h"
#include "warehouse/duckdb.h"
#include "warehouse/publish_to.h"

namespace voxlake::warehouse {

namespace {

/// A view may have 1,024 columns; with room for the keys.
constexpr size_t most_view_columns = 1024;
constexpr const char* collation = " COLLATE Latin1_General_100_BIN2_UTF8";

std::string tsql_name(const std::string& name) {
  std::string result = "[";
  for (char c : name) result.append(c == ']' ? 2 : 1, c);
  return result + "]";
}

/// Texts of which nobody knows how long they get.
bool is_long_text(const std::string& column) {
  return column == "prompt" || column == "detail" || column == "error" || column == "url";
}

/// The collation lets the pool leave out row groups by the statistics of texts.
std::string tsql_type(const arrow::Field& field) {
  switch (field.type()->id()) {
    case arrow::Type::INT32: return "INT";
    case arrow::Type::INT64: return "BIGINT";
    case arrow::Type::FLOAT: return "REAL";
    case arrow::Type::DOUBLE: return "FLOAT";
    case arrow::Type::BOOL: return "BIT";
    case arrow::Type::TIMESTAMP: return "DATETIME2(6)";
    case arrow::Type::LIST: return std::string("VARCHAR(MAX)") + collation;  // as JSON
    default: return std::string(is_long_text(field.name()) ? "VARCHAR(8000)" : "VARCHAR(512)") + collation;
  }
}

std::string first_part(const std::string& path) {
  return path.substr(0, path.find('/'));
}

std::string source_name(const std::string& layer) {
  return "voxlake_" + layer;
}

std::string opening(const std::string& database) {
  const std::string name = tsql_name(database), text = sql_literal(database);
  return "-- Written by `voxlake publish --to synapse`. Run it as an administrator in the serverless SQL pool's built-in endpoint; running "
         "it\n"
         "-- again changes nothing. The workspace's managed identity needs the role Storage Blob Data Reader on the account.\n"
         "IF NOT EXISTS (SELECT * FROM sys.databases WHERE name = " +
         text + ")\n    CREATE DATABASE " + name + collation + ";\nGO\nUSE " + name +
         ";\nGO\n"
         "IF NOT EXISTS (SELECT * FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##')\n    CREATE MASTER KEY;\nGO\n"
         "IF NOT EXISTS (SELECT * FROM sys.database_scoped_credentials WHERE name = 'voxlake_identity')\n"
         "    CREATE DATABASE SCOPED CREDENTIAL [voxlake_identity] WITH IDENTITY = 'Managed Identity';\nGO\n";
}

std::string data_source(const std::string& layer, const std::string& location) {
  const std::string name = source_name(layer), url = sql_literal(location + "/" + layer);
  return "IF EXISTS (SELECT * FROM sys.external_data_sources WHERE name = " + sql_literal(name) + " AND location <> " + url +
         ")\n    EXEC ('DROP EXTERNAL DATA SOURCE " + tsql_name(name) +
         "');\nGO\n"
         "IF NOT EXISTS (SELECT * FROM sys.external_data_sources WHERE name = " +
         sql_literal(name) + ")\n    CREATE EXTERNAL DATA SOURCE " + tsql_name(name) + " WITH (LOCATION = " + url +
         ", CREDENTIAL = [voxlake_identity]);\nGO\n";
}

std::string view_statement(const std::string& name, const std::string& path, const arrow::FieldVector& fields) {
  const std::string layer = first_part(path);
  std::string columns;
  for (const auto& field : fields) columns += (columns.empty() ? "" : ",\n    ") + tsql_name(field->name()) + " " + tsql_type(*field);
  return "CREATE OR ALTER VIEW [dbo]." + tsql_name(name) + " AS\nSELECT *\nFROM OPENROWSET(BULK " +
         sql_literal(path.substr(layer.size() + 1)) + ", DATA_SOURCE = " + sql_literal(source_name(layer)) +
         ", FORMAT = 'DELTA')\nWITH (\n    " + columns + "\n) AS [rows];\nGO\n";
}

/// A view, or as many as its columns need: each with all columns that are no features.
std::string view_statements(const std::string& name, const std::string& path, const arrow::Schema& schema) {
  if (static_cast<size_t>(schema.num_fields()) <= most_view_columns) return view_statement(name, path, schema.fields());
  arrow::FieldVector keys, features;
  for (const auto& field : schema.fields()) (field->type()->id() == arrow::Type::FLOAT ? features : keys).push_back(field);
  std::string text;
  const size_t room = most_view_columns - std::min(keys.size(), most_view_columns - 1);
  for (size_t start = 0, part = 1; start < features.size(); start += room, ++part) {
    arrow::FieldVector fields = keys;
    fields.insert(fields.end(), features.begin() + static_cast<long>(start),
                  features.begin() + static_cast<long>(std::min(start + room, features.size())));
    text += view_statement(name + "_" + std::to_string(part), path, fields);
  }
  return text;
}

}  // namespace

Result<std::string> synapse_script(const std::vector<View>& views, const std::shared_ptr<lake::Storage>& storage,
                                   const std::string& database, const std::string& location) {
  std::string base = location;
  while (base.ends_with('/')) base.pop_back();
  if (!base.starts_with("https://") || base.find_first_of("'\n ?#") != std::string::npos) {
    return failure(ErrorKind::invalid_argument, "`" + location + "` is not where a lake is in Azure",
                   "name it by --location https://ACCOUNT.dfs.core.windows.net");
  }
  std::string text = opening(database);
  std::set<std::string> layers;
  for (const View& view : views) layers.insert(first_part(view.table));
  for (const std::string& layer : layers) text += data_source(layer, base);
  for (const View& view : views) {
    VOXLAKE_ASSIGN(const auto table, lake::Table::open(storage, view.table, view.version));
    text += view_statements(view.name, view.table, *table.schema());
  }
  return text;
}

}  // namespace voxlake::warehouse
