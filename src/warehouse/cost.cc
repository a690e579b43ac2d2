#include "warehouse/cost.h"

#include <algorithm>
#include <utility>

#include "lake/parquet_extent.h"
#include "warehouse/scan_plan.h"

namespace voxlake::warehouse {

namespace {

constexpr int64_t megabyte = 1'000'000;
constexpr int64_t least_megabytes = 10;
constexpr double terabyte = 1e12;

Result<ScanCost> cost_of(const PlannedScan& scan) {
  ScanCost cost;
  cost.table = scan.table.path();
  cost.columns = scan.columns;
  VOXLAKE_TRY(lake::visit_parquet_extents(scan.table, [&](const lake::ParquetExtent& extent) {
    ++cost.files;
    cost.footer_bytes += extent.footer_bytes;
    for (const auto& group : extent.row_groups) {
      ++cost.row_groups;
      if (!scan.filter.may_pass(group)) continue;
      ++cost.row_groups_read;
      for (const std::string& name : scan.columns) {
        if (auto column = group.columns.find(name); column != group.columns.end()) cost.column_bytes += column->second.bytes;
      }
    }
  }));
  return cost;
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
  VOXLAKE_ASSIGN(auto planner, ScanPlanner::open(storage, options.default_set, options.as_of));
  VOXLAKE_ASSIGN(const auto scans, planner.plan(sql, options.parameters));
  QueryCost cost;
  for (const PlannedScan& scan : scans) {
    VOXLAKE_ASSIGN(auto each, cost_of(scan));
    cost.scans.push_back(std::move(each));
  }
  return cost;
}

}  // namespace voxlake::warehouse
