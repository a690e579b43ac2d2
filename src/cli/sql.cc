#include "warehouse/sql.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "lake/storage.h"

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
  VOXLAKE_ASSIGN(const auto storage, lake::open_storage(settings.lake));
  VOXLAKE_ASSIGN(options.as_of, as_of_arguments(*storage, arguments.version, settings.features_set));
  if (arguments.output.empty()) {
    if (options.format == warehouse::SqlFormat::parquet && isatty(STDOUT_FILENO) != 0) {
      return failure(ErrorKind::invalid_argument, "Parquet is not for a terminal", "name a file with --output");
    }
    options.width = terminal_width();
    return warehouse::run_sql(storage, arguments.text, options, std::cout);
  }
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
