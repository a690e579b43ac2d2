#include "warehouse/cost.h"

#include <arrow/type.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lake/parquet_extent.h"
#include "warehouse/scan_filter.h"

namespace voxlake::warehouse {

namespace {

using Json = nlohmann::json;

constexpr int64_t megabyte = 1'000'000;
constexpr int64_t least_megabytes = 10;
constexpr double terabyte = 1e12;
constexpr const char* stand_in = "voxlake_table_";

/// A table as the plan's stand-in names it.
struct Planned {
  lake::Table table;
  std::set<std::string> columns;
};

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

/// The cost of one scan that the plan names.
class ScanReader {
 public:
  ScanReader(const Planned& planned, const Json& info) : planned_(planned), filter_(texts_of(info, "Filters"), planned.columns) {
    columns_ = filter_.columns();
    for (const std::string& text : texts_of(info, "Projections")) {
      if (const std::string name = plain_name(text); planned.columns.contains(name)) columns_.insert(name);
    }
  }

  Result<ScanCost> read() const {
    ScanCost cost;
    const lake::Table& table = planned_.table;
    cost.table = table.path();
    cost.columns.assign(columns_.begin(), columns_.end());
    for (const lake::DataFile& file : table.files()) {
      VOXLAKE_ASSIGN(const auto extent, lake::parquet_extent(table.storage(), table.path() + "/" + file.path, file.bytes));
      ++cost.files;
      cost.footer_bytes += extent.footer_bytes;
      for (const auto& group : extent.row_groups) {
        ++cost.row_groups;
        if (!filter_.may_pass(group)) continue;
        ++cost.row_groups_read;
        for (const std::string& name : columns_) {
          if (auto column = group.columns.find(name); column != group.columns.end()) cost.column_bytes += column->second.bytes;
        }
      }
    }
    return cost;
  }

 private:
  const Planned& planned_;
  ScanFilter filter_;
  std::set<std::string> columns_;
};

Status collect(const Json& node, const std::vector<Planned>& tables, QueryCost& cost) {
  const Json info = node.value("extra_info", Json::object());
  const std::string name = info.value("Table", "");
  if (const size_t at = name.find(stand_in); at != std::string::npos) {
    const size_t number = std::stoul(name.substr(at + std::string_view(stand_in).size()));
    VOXLAKE_ASSIGN(auto scan, ScanReader(tables.at(number), info).read());
    cost.scans.push_back(std::move(scan));
  }
  for (const Json& child : node.value("children", Json::array())) VOXLAKE_TRY(collect(child, tables, cost));
  return {};
}

}  // namespace

int64_t QueryCost::bytes() const {
  int64_t sum = 0;
  for (const ScanCost& scan : scans) sum += scan.column_bytes + scan.footer_bytes;
  return sum;
}

int64_t QueryCost::billed_bytes() const {
  return std::max(least_megabytes, (bytes() + megabyte - 1) / megabyte) * megabyte;
}

double QueryCost::price(double rate) const {
  return static_cast<double>(billed_bytes()) / terabyte * rate;
}

Result<QueryCost> query_cost(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options) {
  std::vector<Planned> tables;
  VOXLAKE_ASSIGN(const auto views, views_over(storage, options.default_set, options.as_of, [&tables](const lake::Table& table) {
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
  database.set_parameters(options.parameters);
  VOXLAKE_ASSIGN(const auto plan, database.query("EXPLAIN (FORMAT json) " + sql));
  QueryCost cost;
  if (plan.empty() || plan[0].size() < 2) return failure(ErrorKind::internal, "DuckDB gave no plan");
  try {
    const Json nodes = Json::parse(plan[0][1].value_or("[]"));
    for (const Json& node : nodes) VOXLAKE_TRY(collect(node, tables, cost));
  } catch (const std::exception& error) {
    return failure(ErrorKind::internal, std::string("cannot read DuckDB's plan: ") + error.what());
  }
  return cost;
}

}  // namespace voxlake::warehouse
