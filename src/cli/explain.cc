#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "net/mask.h"

namespace voxlake::cli {

int command_explain(const Invocation& invocation, bool json) {
  const auto resolved = settings_as_written(invocation);
  if (!resolved) return report_error(resolved.error());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& setting : config::all_settings()) {
    const auto found = resolved->origins.find(setting.key);
    const config::Origin origin = found == resolved->origins.end() ? config::Origin{"default", ""} : found->second;
    const auto reference = resolved->references.find(setting.key);
    const std::string value =
        reference != resolved->references.end() ? reference->second : net::mask_url(config::value_text(setting, resolved->settings));
    const std::string where = origin.where.empty() ? origin.source : origin.source + " " + origin.where;
    if (json) {
      rows.push_back({{"key", setting.key}, {"value", value}, {"source", origin.source}, {"where", origin.where}, {"help", setting.help}});
    } else {
      std::printf("%-32s = %-28s # %s\n", setting.key.c_str(), value.empty() ? "\"\"" : value.c_str(), where.c_str());
    }
  }
  for (const auto& set : resolved->settings.own_sets) {
    const std::string key = "features.sets." + set.name;
    if (json) {
      rows.push_back({{"key", key}, {"value", set.name}, {"source", "file"}, {"where", set.place}, {"help", "a feature set of your own"}});
    } else {
      std::printf("%-32s = %-28s # file %s\n", key.c_str(), "(a feature set of your own)", set.place.c_str());
    }
  }
  if (json) std::printf("%s\n", rows.dump(1).c_str());
  return exit_done;
}

}  // namespace voxlake::cli
