#include "warehouse/views.h"

#include <arrow/type.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "lake/schemas.h"
#include "warehouse/duckdb.h"
#include "warehouse/lake_scan.h"

namespace voxlake::warehouse {

namespace {

std::string duckdb_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32: return "INTEGER";
    case arrow::Type::INT64: return "BIGINT";
    case arrow::Type::FLOAT: return "FLOAT";
    case arrow::Type::DOUBLE: return "DOUBLE";
    case arrow::Type::BOOL: return "BOOLEAN";
    case arrow::Type::TIMESTAMP: return "TIMESTAMPTZ";
    case arrow::Type::LIST: return duckdb_type(*static_cast<const arrow::ListType&>(type).value_type()) + "[]";
    default: return "VARCHAR";
  }
}

/// The table at the version that is meant, nothing where there is none.
Result<std::optional<lake::Table>> open_if_there(const std::shared_ptr<lake::Storage>& storage, const std::string& path,
                                                 const lake::AsOf& as_of) {
  Result<lake::Table> table = lake::open_as_of(storage, path, as_of);
  if (table) return std::optional<lake::Table>(std::move(*table));
  if (table.error().kind == ErrorKind::not_found) return std::optional<lake::Table>();
  return propagate(table);
}

/// The sets that have a table below `folder` (gold/features), by their names.
Result<std::set<std::string>> sets_below(lake::Storage& storage, const std::string& folder) {
  VOXLAKE_ASSIGN(auto files, storage.list(folder));
  std::set<std::string> sets;
  for (const auto& file : files) {
    std::string_view rest = std::string_view(file.path).substr(folder.size() + 1);
    size_t slash = rest.find('/');
    if (slash != std::string_view::npos && rest.substr(slash).starts_with("/_delta_log/")) sets.emplace(rest.substr(0, slash));
  }
  return sets;
}

std::string view_suffix(const std::string& set) {
  std::string suffix = "_";
  for (char c : set) suffix += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return suffix;
}

/// Collects the views of one lake.
class Collector {
 public:
  Collector(std::shared_ptr<lake::Storage> storage, std::string default_set, const lake::AsOf& as_of, const TableSource& source)
      : storage_(std::move(storage)), default_set_(std::move(default_set)), as_of_(as_of), source_(source) {}

  Result<std::vector<View>> run() {
    VOXLAKE_TRY(add(lake::archives_path, "archives", "An archive of the corpus and its copy in bronze"));
    VOXLAKE_TRY(add(lake::rejects_path, "rejects", "Something that was refused, and why"));
    VOXLAKE_TRY(add(lake::speakers_path, "speakers", "A speaker and the split that all its clips belong to"));
    has_speakers_ = !views_.empty() && views_.back().name == "speakers";
    VOXLAKE_TRY(add(lake::utterances_path, "utterances", "A clip: decoded, labelled and trimmed", /*with_split=*/true));
    if (has_speakers_ && views_.back().name == "utterances") add_clips_by_split();
    VOXLAKE_TRY(add_sets("features", "A window of a clip, described by its features", /*with_split=*/true));
    VOXLAKE_TRY(add_sets("dataset", "A row that is ready for a model", /*with_split=*/false));
    return std::move(views_);
  }

 private:
  Status add(const std::string& path, const std::string& name, const std::string& comment, bool with_split = false) {
    VOXLAKE_ASSIGN(auto table, open_if_there(storage_, path, as_of_));
    if (!table) return {};
    std::string sql = source_(*table);
    if (with_split && table->schema()->GetFieldIndex("split") < 0) {
      // Windows and clips are written before their speakers are dealt to a split.
      sql = has_speakers_ ? "SELECT row.*, speakers.split FROM (" + sql + ") AS row LEFT JOIN speakers ON speakers.speaker = row.speaker"
                          : "SELECT *, CAST(NULL AS VARCHAR) AS split FROM (" + sql + ")";
    }
    views_.push_back({name, comment, std::move(sql), path, table->version()});
    return {};
  }

  Status add_sets(const std::string& kind, const std::string& comment, bool with_split) {
    VOXLAKE_ASSIGN(auto sets, sets_below(*storage_, "gold/" + kind));
    for (const std::string& set : sets) {
      VOXLAKE_TRY(add("gold/" + kind + "/" + set, kind + view_suffix(set), comment + " (set " + set + ")", with_split));
    }
    const std::string shown = kind + view_suffix(default_set_);
    if (std::none_of(views_.begin(), views_.end(), [&](const View& view) { return view.name == shown; })) return {};
    views_.push_back({kind, comment, "SELECT * FROM " + sql_name(kind + view_suffix(default_set_)), "", -1});
    return {};
  }

  void add_clips_by_split() {
    views_.push_back({"clips_by_split", "Speakers, clips and seconds of speech by split and gender",
                      "SELECT speakers.split, speakers.gender, count(DISTINCT speakers.speaker) AS speakers, count(*) AS clips, "
                      "sum(utterances.seconds) AS seconds FROM utterances JOIN speakers ON speakers.speaker = utterances.speaker "
                      "GROUP BY speakers.split, speakers.gender ORDER BY ALL",
                      "", -1});
  }

  std::shared_ptr<lake::Storage> storage_;
  std::string default_set_;
  const lake::AsOf& as_of_;
  const TableSource& source_;
  std::vector<View> views_;
  bool has_speakers_ = false;
};

}  // namespace

std::string empty_query(const arrow::Schema& schema) {
  std::string columns;
  for (const auto& field : schema.fields()) {
    columns += (columns.empty() ? "" : ", ") + ("CAST(NULL AS " + duckdb_type(*field->type()) + ") AS ") + sql_name(field->name());
  }
  return "SELECT " + columns + " WHERE false";
}

std::string table_query(const lake::Table& table) {
  if (table.files().empty()) return empty_query(*table.schema());
  if (!table.storage()->local_file(table.path())) return "SELECT * FROM " + lake_scan_call(table);
  std::string files;
  for (const lake::DataFile& file : table.files()) files += (files.empty() ? "" : ", ") + sql_literal(table.address(file));
  if (!table.files_may_differ()) return "SELECT * FROM read_parquet([" + files + "])";
  // Files that are older than a column lack it: names decide, and what no file has is null.
  return empty_query(*table.schema()) + " UNION ALL BY NAME SELECT * FROM read_parquet([" + files + "], union_by_name = true)";
}

Result<std::vector<View>> views_of(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set, const lake::AsOf& as_of) {
  return views_over(storage, default_set, as_of, table_query);
}

Result<std::vector<View>> views_over(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set, const lake::AsOf& as_of,
                                     const TableSource& source) {
  return Collector(storage, default_set, as_of, source).run();
}

std::string create_statement(const View& view) {
  return "CREATE OR REPLACE VIEW " + sql_name(view.name) + " AS " + view.sql + ";\nCOMMENT ON VIEW " + sql_name(view.name) + " IS " +
         sql_literal(view.comment) + ";\n";
}

}  // namespace voxlake::warehouse
