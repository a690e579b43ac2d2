#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/sql_shell.h"
#include "warehouse/cost.h"

namespace voxlake::cli {
namespace {

std::string columns_text(const std::vector<std::string>& columns) {
  constexpr size_t most = 6;
  std::string text;
  for (size_t i = 0; i < columns.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + columns[i];
  if (columns.size() > most) text += ", … (" + grouped(static_cast<int64_t>(columns.size())) + ")";
  return text.empty() ? "no column" : text;
}

}  // namespace

Status print_cost(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const warehouse::SqlOptions& options,
                  double rate_per_tb, bool json) {
  VOXLAKE_ASSIGN(const auto cost, warehouse::query_cost(storage, sql, options));
  if (json) {
    nlohmann::ordered_json scans = nlohmann::ordered_json::array();
    for (const auto& scan : cost.scans) {
      scans.push_back({{"table", scan.table},
                       {"columns", scan.columns},
                       {"files", scan.files},
                       {"row_groups", scan.row_groups},
                       {"row_groups_read", scan.row_groups_read},
                       {"column_bytes", scan.column_bytes},
                       {"footer_bytes", scan.footer_bytes}});
    }
    const nlohmann::ordered_json answer{{"bytes", cost.bytes()},
                                        {"billed_bytes", cost.billed_bytes()},
                                        {"rate_per_tb", rate_per_tb},
                                        {"price", cost.price(rate_per_tb)},
                                        {"scans", std::move(scans)}};
    std::printf("%s\n", answer.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return {};
  }
  for (const auto& scan : cost.scans) {
    std::printf("%-28s %s of %s row groups in %s files: %s (%s), footers %s\n", scan.table.c_str(), grouped(scan.row_groups_read).c_str(),
                grouped(scan.row_groups).c_str(), grouped(scan.files).c_str(), byte_text(scan.column_bytes).c_str(),
                columns_text(scan.columns).c_str(), byte_text(scan.footer_bytes).c_str());
  }
  std::printf("reads %s (%s bytes); billed as %s: %.6f USD at %g USD a TB\n", byte_text(cost.bytes()).c_str(),
              grouped(cost.bytes()).c_str(), byte_text(cost.billed_bytes()).c_str(), cost.price(rate_per_tb), rate_per_tb);
  std::printf("Not counted: the Delta log, what is passed between nodes, and the answer itself.\n");
  return {};
}

}  // namespace voxlake::cli
