#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "lake/commit_identity.h"
#include "lake/drop_table.h"
#include "lake/optimize.h"
#include "lake/table_listing.h"
#include "lake/vacuum.h"
#include "pipeline/azure_access.h"
#include "pipeline/context.h"
#include "pipeline/lake_lock.h"
#include "warehouse/publish.h"

namespace voxlake::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double day_ms = 24.0 * 60 * 60 * 1000;

/// The tables that the command is about.
Result<std::vector<std::string>> chosen_tables(lake::Storage& storage, const std::string& name, const std::string& default_set) {
  if (name.empty()) return lake::list_tables(storage);
  VOXLAKE_ASSIGN(std::string table, lake::find_table(storage, name, default_set));
  return std::vector<std::string>{std::move(table)};
}

/// The table to drop: one whose removal was interrupted has no log any more, and is known by its whole name alone.
Result<std::vector<std::string>> table_to_drop(lake::Storage& storage, const std::string& name, const std::string& default_set) {
  Result<std::string> found = lake::find_table(storage, name, default_set);
  if (!found && lake::is_table_remainder(storage, name)) return std::vector<std::string>{name};
  if (!found) return propagate(found);
  return std::vector<std::string>{std::move(*found)};
}

/// The warehouse lists data files by name: it must show the newest before older ones go.
Status renew_warehouse(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set) {
  if (!storage->info(warehouse::warehouse_file(*storage))) return {};
  VOXLAKE_TRY(warehouse::publish(storage, default_set));
  return {};
}

using Each = Status (*)(const std::shared_ptr<lake::Storage>&, const std::string& table, const config::Settings&, const TableArguments&,
                        Json& all);

Status optimize_table(const std::shared_ptr<lake::Storage>& storage, const std::string& table, const config::Settings& settings,
                      const TableArguments& arguments, Json& all) {
  lake::OptimizeOptions options;
  options.target_bytes = (arguments.target_mb > 0 ? arguments.target_mb : settings.joined_file_mb) << 20;
  options.row_group_bytes = settings.row_group_mb << 20;
  options.retention = pipeline::retention(settings);
  options.stop = &stop_requested();
  options.dry_run = arguments.dry_run;
  VOXLAKE_ASSIGN(const auto result, lake::optimize(storage, table, options));
  if (arguments.json) {
    all.push_back({{"table", table},
                   {"version", result.version},
                   {"commits", result.commits},
                   {"files_removed", result.files_removed},
                   {"bytes_removed", result.bytes_removed},
                   {"files_added", result.files_added},
                   {"bytes_added", result.bytes_added},
                   {"files_left_to_others", result.files_left_to_others}});
  } else if (result.files_removed == 0) {
    std::printf("%-28s nothing to join\n", table.c_str());
  } else {
    std::printf("%-28s %s files (%s) %s %s (%s)\n", table.c_str(), grouped(result.files_removed).c_str(),
                byte_text(static_cast<double>(result.bytes_removed)).c_str(), arguments.dry_run ? "would become" : "became",
                grouped(result.files_added).c_str(), byte_text(static_cast<double>(result.bytes_added)).c_str());
  }
  return {};
}

Result<int64_t> vacuum_retention_ms(const lake::Table& table, const config::Settings& settings, const TableArguments& arguments) {
  const int64_t own = lake::retention_of(table.properties(), pipeline::retention(settings)).file_ms;
  if (arguments.retention_days < 0) return own;
  const auto asked = static_cast<int64_t>(arguments.retention_days * day_ms);
  if (asked < own && !arguments.force && !arguments.dry_run) {
    char days[32];
    std::snprintf(days, sizeof days, "%g", static_cast<double>(own) / day_ms);
    return failure(ErrorKind::invalid_argument,
                   "readers of " + table.path() + " may count on its files for longer: its retention is " + days + " days",
                   "add --force where nobody reads earlier versions");
  }
  return asked;
}

Status vacuum_table(const std::shared_ptr<lake::Storage>& storage, const std::string& path, const config::Settings& settings,
                    const TableArguments& arguments, Json& all) {
  VOXLAKE_ASSIGN(const auto table, lake::Table::open(storage, path));
  lake::VacuumOptions options;
  VOXLAKE_ASSIGN(options.retention_ms, vacuum_retention_ms(table, settings, arguments));
  options.now_ms = lake::log_time_ms();
  options.stop = &stop_requested();
  options.dry_run = arguments.dry_run;
  VOXLAKE_ASSIGN(const auto result, lake::vacuum(storage, path, options));
  if (arguments.json) {
    Json files = Json::array();
    for (const auto& file : result.files) files.push_back(file.path);
    all.push_back({{"table", path},
                   {"retention_days", static_cast<double>(options.retention_ms) / day_ms},
                   {"removed", result.files.size()},
                   {"bytes", result.bytes},
                   {"kept", result.kept_files},
                   {"files", std::move(files)}});
    return {};
  }
  std::printf("%-28s %s %s files (%s), kept %s\n", path.c_str(), arguments.dry_run ? "would remove" : "removed",
              grouped(static_cast<int64_t>(result.files.size())).c_str(), byte_text(static_cast<double>(result.bytes)).c_str(),
              grouped(result.kept_files).c_str());
  for (const auto& file : result.files) {
    if (arguments.dry_run) std::printf("  %s\n", file.path.c_str());
  }
  return {};
}

Status drop_one(const std::shared_ptr<lake::Storage>& storage, const std::string& path, const config::Settings&,
                const TableArguments& arguments, Json& all) {
  VOXLAKE_ASSIGN(const auto files, storage->list(path));
  int64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  if (!arguments.dry_run) VOXLAKE_TRY(lake::drop_table(storage, path));
  if (arguments.json) {
    all.push_back({{"table", path}, {"files", files.size()}, {"bytes", bytes}});
  } else {
    std::printf("%-28s %s, %s files (%s)\n", path.c_str(), arguments.dry_run ? "would be removed" : "removed",
                grouped(static_cast<int64_t>(files.size())).c_str(), byte_text(static_cast<double>(bytes)).c_str());
  }
  return {};
}

enum class WarehouseTurn { before, after };

using Choose = Result<std::vector<std::string>> (*)(lake::Storage&, const std::string& name, const std::string& default_set);

int run(const Invocation& invocation, const TableArguments& arguments, Each each, WarehouseTurn turn, Choose choose = chosen_tables) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const config::Settings& settings = resolved->settings;
  Json all = Json::array();
  const Status done = [&]() -> Status {
    VOXLAKE_ASSIGN(const auto storage, pipeline::open_lake(settings));
    VOXLAKE_ASSIGN(const auto tables, choose(*storage, arguments.table, settings.features_set));
    if (tables.empty()) {
      return failure(ErrorKind::not_found, "there are no tables in the lake " + settings.lake,
                     "fill it with `voxlake run`, or name another by --lake");
    }
    std::optional<pipeline::LakeLock> lock;
    if (!arguments.dry_run) {
      VOXLAKE_ASSIGN(auto taken, pipeline::LakeLock::take(settings.lake, *storage));
      lock.emplace(std::move(taken));
      if (turn == WarehouseTurn::before) VOXLAKE_TRY(renew_warehouse(storage, settings.features_set));
    }
    for (const std::string& table : tables) VOXLAKE_TRY(each(storage, table, settings, arguments, all));
    if (lock && turn == WarehouseTurn::after) VOXLAKE_TRY(renew_warehouse(storage, settings.features_set));
    return {};
  }();
  if (!done) return report_error(done.error());
  if (arguments.json) std::printf("%s\n", all.dump(1).c_str());
  return exit_done;
}

}  // namespace

int command_table_optimize(const Invocation& invocation, const TableArguments& arguments) {
  return run(invocation, arguments, optimize_table, WarehouseTurn::after);
}

int command_table_vacuum(const Invocation& invocation, const TableArguments& arguments) {
  return run(invocation, arguments, vacuum_table, WarehouseTurn::before);
}

int command_table_drop(const Invocation& invocation, const TableArguments& arguments) {
  if (!arguments.force && !arguments.dry_run) {
    return report_error({ErrorKind::invalid_argument,
                         "the table " + arguments.table + " with all its versions would be gone for good",
                         "look at it with --dry-run, then add --force",
                         {}});
  }
  return run(invocation, arguments, drop_one, WarehouseTurn::after, table_to_drop);
}

}  // namespace voxlake::cli
