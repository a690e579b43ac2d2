#include "warehouse/publish_to.h"

#include <cstdio>
#include <fstream>

#include "cli/commands.h"
#include "cli/console.h"
#include "pipeline/azure_access.h"

namespace voxlake::cli {
namespace {

void print_loaded(const std::vector<warehouse::Loaded>& loaded) {
  for (const auto& table : loaded) {
    std::printf("%-28s %12s rows%s\n", table.name.c_str(), grouped(table.rows).c_str(), table.changed ? "" : ", there already");
  }
}

/// Where the lake is in Azure: as it was named, or as the lake itself is.
std::string location_of(const config::Settings& settings, const PublishArguments& arguments) {
  constexpr std::string_view scheme = "abfss://";
  if (!arguments.location.empty() || !settings.lake.starts_with(scheme)) return arguments.location;
  return "https://" + settings.lake.substr(scheme.size());
}

Status write_script(const std::string& script, const std::string& output) {
  if (output.empty()) {
    std::fputs(script.c_str(), stdout);
    return {};
  }
  std::ofstream file(output, std::ios::binary);
  file << script;
  if (!file.flush()) return failure(ErrorKind::io, "cannot write " + output, "check the path given with --output");
  return {};
}

Status publish_to(const config::Settings& settings, const PublishArguments& arguments) {
  VOXLAKE_ASSIGN(const auto storage, pipeline::open_lake(settings));
  if (arguments.to == "duckdb") {
    if (arguments.output.empty()) {
      return failure(ErrorKind::invalid_argument, "publish --to duckdb needs a file", "name it by --output FILE.duckdb");
    }
    VOXLAKE_ASSIGN(const auto loaded, warehouse::publish_to_duckdb(storage, settings.features_set, arguments.tables, arguments.output));
    print_loaded(loaded);
    return {};
  }
  if (arguments.to == "postgres") {
    VOXLAKE_ASSIGN(const auto loaded, warehouse::publish_to_postgres(storage, settings.features_set, arguments.tables, arguments.schema));
    print_loaded(loaded);
    return {};
  }
  VOXLAKE_ASSIGN(const auto views, warehouse::chosen_views(storage, settings.features_set, arguments.tables));
  VOXLAKE_ASSIGN(const std::string script, warehouse::synapse_script(views, storage, arguments.schema, location_of(settings, arguments)));
  return write_script(script, arguments.output);
}

}  // namespace

int command_publish_to(const Invocation& invocation, const PublishArguments& arguments) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const Status done = publish_to(resolved->settings, arguments);
  return done ? exit_done : report_error(done.error());
}

}  // namespace voxlake::cli
