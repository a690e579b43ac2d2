#include "warehouse/sql.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/sql_shell.h"
#include "lake/storage.h"
#include "pipeline/azure_access.h"

namespace voxlake::cli {
namespace {

/// The width of the terminal that stdout is; 0, as wide as it comes, where it is none.
int terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

Status run_query(const config::Settings& settings, const SqlArguments& arguments) {
  warehouse::SqlOptions options;
  VOXLAKE_ASSIGN(options.format, warehouse::parse_sql_format(arguments.format));
  options.default_set = settings.features_set;
  VOXLAKE_ASSIGN(const auto storage, pipeline::open_lake(settings));
  VOXLAKE_ASSIGN(options.as_of, as_of_arguments(*storage, arguments.version, settings.features_set));
  for (const std::string& text : arguments.parameters) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return failure(ErrorKind::invalid_argument, "`" + text + "` is no parameter", "write --param NAME=VALUE, and $NAME in the query");
    }
    options.parameters[text.substr(0, equals)] = text.substr(equals + 1);
  }
  options.width = terminal_width();
  if (arguments.cost) {
    if (arguments.text.empty()) return failure(ErrorKind::invalid_argument, "--cost is about a query", "write it behind the flag");
    return print_cost(storage, arguments.text, options, arguments.rate_per_tb, options.format == warehouse::SqlFormat::json);
  }
  if (arguments.text.empty()) return run_sql_shell(storage, options, arguments.rate_per_tb);
  if (arguments.output.empty()) {
    if (options.format == warehouse::SqlFormat::parquet && isatty(STDOUT_FILENO) != 0) {
      return failure(ErrorKind::invalid_argument, "Parquet is not for a terminal", "name a file with --output");
    }
    return warehouse::run_sql(storage, arguments.text, options, std::cout);
  }
  options.width = 0;
  std::ofstream file(arguments.output, std::ios::binary);
  if (!file) return failure(ErrorKind::io, "cannot write " + arguments.output, "check the path given with --output");
  VOXLAKE_TRY(warehouse::run_sql(storage, arguments.text, options, file));
  if (!file.flush()) return failure(ErrorKind::io, "cannot write " + arguments.output, "free some disk space");
  return {};
}

}  // namespace

int command_sql(const Invocation& invocation, const SqlArguments& arguments) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const Status done = run_query(resolved->settings, arguments);
  if (!done) return report_error(done.error());
  return exit_done;
}

}  // namespace voxlake::cli
