#include <charconv>

#include "cli/commands.h"
#include "lake/table_listing.h"
#include "lake/time_text.h"

namespace voxlake::cli {

Result<lake::AsOf> as_of_arguments(lake::Storage& storage, const VersionArguments& arguments, const std::string& default_set) {
  lake::AsOf as_of;
  if (!arguments.as_of.empty()) {
    VOXLAKE_ASSIGN(as_of.time_ms, lake::parse_time_ms(arguments.as_of));
  }
  for (const std::string& text : arguments.versions) {
    const size_t equals = text.rfind('=');
    const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
    int64_t version = -1;
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), version);
    if (error != std::errc() || end != number.data() + number.size() || version < 0) {
      return failure(ErrorKind::invalid_argument, "`" + text + "` is not a version", "write --version N or --version TABLE=N");
    }
    if (equals != std::string::npos) {
      VOXLAKE_ASSIGN(const std::string table, lake::find_table(storage, text.substr(0, equals), default_set));
      as_of.version_of[table] = version;
    } else if (as_of.time_ms || as_of.version) {
      return failure(ErrorKind::invalid_argument, "two versions of every table are named", "give one of --version N and --as-of TIME");
    } else {
      as_of.version = version;
    }
  }
  return as_of;
}

}  // namespace voxlake::cli
