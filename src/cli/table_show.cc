#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "lake/history.h"
#include "lake/table_details.h"
#include "lake/table_listing.h"
#include "lake/time_text.h"
#include "pipeline/azure_access.h"

namespace voxlake::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t most_columns_shown = 40;

void print_json(const Json& json) {
  std::printf("%s\n", json.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
}

Json json_of(const lake::TableDetails& details) {
  Json columns = Json::array();
  for (const auto& column : details.columns) {
    columns.push_back({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}});
  }
  Json json = {{"table", details.path}, {"version", details.version}};
  if (details.time_ms) json["time"] = lake::format_time_ms(*details.time_ms);
  if (details.oldest_version) json["oldest_version"] = *details.oldest_version;
  json.update({{"rows", details.rows},
               {"files", details.files},
               {"bytes", details.bytes},
               {"smallest_file", details.smallest_file},
               {"median_file", details.median_file},
               {"largest_file", details.largest_file},
               {"replaced_files", details.replaced_files},
               {"replaced_bytes", details.replaced_bytes},
               {"reader_version", details.reader},
               {"writer_version", details.writer},
               {"properties", details.properties},
               {"columns", std::move(columns)}});
  return json;
}

void print_details(const lake::TableDetails& details) {
  const auto line = [](const char* name, const std::string& text) { std::printf("%-12s%s\n", name, text.c_str()); };
  line("table", details.path);
  line("version", grouped(details.version) + (details.time_ms ? " of " + lake::format_time_ms(*details.time_ms) : ""));
  if (details.oldest_version) line("oldest", grouped(*details.oldest_version) + " is the oldest version that can be opened");
  line("rows", grouped(details.rows));
  std::string files = grouped(details.files) + ", " + byte_text(details.bytes);
  if (details.files > 1) {
    files += " (smallest " + byte_text(details.smallest_file) + ", median " + byte_text(details.median_file) + ", largest " +
             byte_text(details.largest_file) + ")";
  }
  line("files", files);
  line("replaced", grouped(details.replaced_files) + " files of earlier versions, " + byte_text(details.replaced_bytes));
  line("protocol", "Delta reader " + std::to_string(details.reader) + ", writer " + std::to_string(details.writer));
  for (const auto& [name, value] : details.properties) line("property", name + " = " + value);
  std::printf("\n");
  size_t shown = 0;
  for (const auto& column : details.columns) {
    if (++shown > most_columns_shown) {
      std::printf("  … and %s more columns (--json lists them all)\n",
                  grouped(static_cast<int64_t>(details.columns.size() - shown + 1)).c_str());
      break;
    }
    std::printf("  %-28s %s%s\n", column.name.c_str(), column.type.c_str(), column.nullable ? "" : ", never null");
  }
}

void print_line(const lake::TableDetails& details) {
  std::printf("%-28s %8s %12s %7s %10s %9s\n", details.path.c_str(), grouped(details.version).c_str(), grouped(details.rows).c_str(),
              grouped(details.files).c_str(), byte_text(details.bytes).c_str(), grouped(details.replaced_files).c_str());
}

Status show(const config::Settings& settings, const TableArguments& arguments) {
  VOXLAKE_ASSIGN(const auto storage, pipeline::open_lake(settings));
  VOXLAKE_ASSIGN(const auto as_of, as_of_arguments(*storage, arguments.version, settings.features_set));
  if (!arguments.table.empty()) {
    VOXLAKE_ASSIGN(const std::string path, lake::find_table(*storage, arguments.table, settings.features_set));
    VOXLAKE_ASSIGN(const auto details, lake::table_details(storage, path, as_of));
    if (arguments.json) {
      print_json(json_of(details));
    } else {
      print_details(details);
    }
    return {};
  }
  VOXLAKE_ASSIGN(const auto tables, lake::list_tables(*storage));
  Json all = Json::array();
  if (!arguments.json) std::printf("%-28s %8s %12s %7s %10s %9s\n", "table", "version", "rows", "files", "size", "replaced");
  for (const std::string& path : tables) {
    const auto details = lake::table_details(storage, path, as_of);
    if (!details && details.error().kind == ErrorKind::not_found) continue;  // no table yet, or not then
    if (!details) return tl::unexpected<Error>(details.error());
    if (arguments.json) {
      all.push_back(json_of(*details));
    } else {
      print_line(*details);
    }
  }
  if (arguments.json) print_json(all);
  return {};
}

Json json_of(const lake::HistoryEntry& entry) {
  return {{"version", entry.version},
          {"time", lake::format_time_ms(entry.time_ms)},
          {"operation", entry.info.operation},
          {"parameters", entry.info.parameters},
          {"engine", entry.info.engine},
          {"files_added", entry.files_added},
          {"bytes_added", entry.bytes_added},
          {"rows_added", entry.rows_added},
          {"files_removed", entry.files_removed},
          {"bytes_removed", entry.bytes_removed},
          {"changed_columns", entry.changed_columns},
          {"changed_rows", entry.changed_rows}};
}

std::string parameters_text(const lake::HistoryEntry& entry) {
  constexpr size_t longest = 60;
  std::string text;
  for (const auto& [name, value] : entry.info.parameters) text += (text.empty() ? "" : ", ") + name + " " + value;
  if (text.size() <= longest) return text;
  size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

Status history(const config::Settings& settings, const TableArguments& arguments) {
  VOXLAKE_ASSIGN(const auto storage, pipeline::open_lake(settings));
  std::vector<std::string> tables;
  if (arguments.table.empty()) {
    VOXLAKE_ASSIGN(tables, lake::list_tables(*storage));
  } else {
    tables.emplace_back();
    VOXLAKE_ASSIGN(tables.back(), lake::find_table(*storage, arguments.table, settings.features_set));
  }
  Json all = Json::object();
  for (const std::string& table : tables) {
    VOXLAKE_ASSIGN(const auto entries, lake::table_history(*storage, table, arguments.limit));
    if (arguments.json) {
      Json list = Json::array();
      for (const auto& entry : entries) list.push_back(json_of(entry));
      all[table] = std::move(list);
      continue;
    }
    std::printf("%s\n%8s  %-24s  %-14s %10s %7s %7s  %s\n", table.c_str(), "version", "time", "operation", "rows", "+files", "-files",
                "parameters");
    for (const auto& entry : entries) {
      std::printf("%8s  %-24s  %-14s %10s %7s %7s  %s\n", grouped(entry.version).c_str(), lake::format_time_ms(entry.time_ms).c_str(),
                  entry.info.operation.c_str(), grouped(entry.rows_added).c_str(), grouped(entry.files_added).c_str(),
                  grouped(entry.files_removed).c_str(), parameters_text(entry).c_str());
    }
  }
  if (arguments.json) print_json(arguments.table.empty() ? all : all.begin().value());
  return {};
}

int run(const Invocation& invocation, const TableArguments& arguments, Status (*command)(const config::Settings&, const TableArguments&)) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const Status done = command(resolved->settings, arguments);
  return done ? exit_done : report_error(done.error());
}

}  // namespace

int command_table_show(const Invocation& invocation, const TableArguments& arguments) {
  return run(invocation, arguments, show);
}

int command_table_history(const Invocation& invocation, const TableArguments& arguments) {
  return run(invocation, arguments, history);
}

}  // namespace voxlake::cli
