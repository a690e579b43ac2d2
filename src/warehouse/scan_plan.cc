#include "warehouse/scan_plan.h"

#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "error/exception.h"
#include "warehouse/views.h"

namespace voxlake::warehouse {

namespace {

using Json = nlohmann::json;

constexpr const char* stand_in = "voxlake_table_";

std::vector<std::string> texts_of(const Json& info, const char* key) {
  std::vector<std::string> texts;
  auto found = info.find(key);
  if (found == info.end()) return texts;
  if (found->is_string() && !found->get_ref<const std::string&>().empty()) texts.push_back(found->get<std::string>());
  for (size_t i = 0; found->is_array() && i < found->size(); ++i) texts.push_back((*found)[i].get<std::string>());
  return texts;
}

/// DuckDB quotes names where it must.
std::string plain_name(const std::string& text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  std::string name;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '"') ++i;
  }
  return name;
}

/// A scan that the plan names: the number of its table, and what the plan says of it.
struct FoundScan {
  size_t table;
  Json info;
};

void collect(const Json& node, std::vector<FoundScan>& scans) {
  const Json info = node.value("extra_info", Json::object());
  const std::string name = info.value("Table", "");
  if (const size_t at = name.find(stand_in); at != std::string::npos) {
    scans.push_back({std::stoul(name.substr(at + std::string_view(stand_in).size())), info});
  }
  for (const Json& child : node.value("children", Json::array())) collect(child, scans);
}

}  // namespace

Result<ScanPlanner> ScanPlanner::open(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                      const lake::AsOf& as_of) {
  std::vector<Planned> tables;
  VOXLAKE_ASSIGN(const auto views, views_over(storage, default_set, as_of, [&tables](const lake::Table& table) {
                   Planned planned{table, {}};
                   for (const auto& field : table.schema()->fields()) planned.columns.insert(field->name());
                   tables.push_back(std::move(planned));
                   return "SELECT * FROM " + std::string(stand_in) + std::to_string(tables.size() - 1);
                 }));
  if (views.empty()) return failure(ErrorKind::not_found, "there are no tables in the lake " + storage->address(""));
  VOXLAKE_ASSIGN(Database database, Database::open());
  // Tables without rows must not be planned away, and a scan must name its columns once.
  VOXLAKE_TRY(database.execute("SET disabled_optimizers = 'statistics_propagation,late_materialization,compressed_materialization'"));
  for (size_t i = 0; i < tables.size(); ++i) {
    VOXLAKE_TRY(
        database.execute("CREATE TABLE " + std::string(stand_in) + std::to_string(i) + " AS " + empty_query(*tables[i].table.schema())));
  }
  for (const View& view : views) VOXLAKE_TRY(database.execute(create_statement(view)));
  return ScanPlanner(std::move(database), std::move(tables));
}

Result<std::vector<PlannedScan>> ScanPlanner::plan(const std::string& sql, const std::map<std::string, std::string>& parameters) {
  database_.set_parameters(parameters);
  VOXLAKE_ASSIGN(const auto answer, database_.query("EXPLAIN (FORMAT json) " + sql));
  if (answer.empty() || answer[0].size() < 2) return failure(ErrorKind::internal, "DuckDB gave no plan");
  std::vector<PlannedScan> scans;
  try {
    std::vector<FoundScan> found;
    const Json nodes = Json::parse(answer[0][1].value_or("[]"));
    for (const Json& node : nodes) collect(node, found);
    for (const FoundScan& scan : found) {
      const Planned& planned = tables_.at(scan.table);
      ScanFilter filter(texts_of(scan.info, "Filters"), planned.columns);
      std::set<std::string> columns = filter.columns();
      for (const std::string& text : texts_of(scan.info, "Projections")) {
        if (std::string name = plain_name(text); planned.columns.contains(name)) columns.insert(std::move(name));
      }
      scans.push_back({planned.table, {columns.begin(), columns.end()}, std::move(filter)});
    }
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_exception(error, ErrorKind::internal, "cannot read DuckDB's plan"));
  }
  return scans;
}

}  // namespace voxlake::warehouse
