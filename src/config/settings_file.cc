#include "config/settings_file.h"

// Debian compiles its toml++ library with exceptions; header-only, it can do without.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

namespace voxlake::config {
namespace {

using Flat = std::vector<std::pair<std::string, std::string>>;

std::string place(const std::string& path, const toml::source_region& region) {
  return path + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column);
}

Status flatten(const std::string& path, const std::string& prefix, const toml::table& table, Flat& flat) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const auto* inner = node.as_table()) {
      VOXLAKE_TRY(flatten(path, key + ".", *inner, flat));
    } else if (const auto* text = node.as_string()) {
      flat.emplace_back(key, text->get());
    } else if (const auto* whole = node.as_integer()) {
      flat.emplace_back(key, std::to_string(whole->get()));
    } else if (const auto* number = node.as_floating_point()) {
      std::ostringstream out;
      out.precision(17);
      out << number->get();
      flat.emplace_back(key, out.str());
    } else if (const auto* flag = node.as_boolean()) {
      flat.emplace_back(key, flag->get() ? "true" : "false");
    } else {
      return failure(ErrorKind::invalid_argument, "`" + key + "` in " + place(path, node.source()) + " is neither a string nor a number");
    }
  }
  return {};
}

}  // namespace

Result<Flat> read_settings_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::not_found, "cannot read the configuration " + path, "check the path given with --config");
  std::ostringstream text;
  text << file.rdbuf();
  const toml::parse_result parsed = toml::parse(text.view(), path);
  if (!parsed) {
    return failure(ErrorKind::invalid_argument, "the configuration " + place(path, parsed.error().source()) +
                                                    " is not TOML: " + std::string(parsed.error().description()));
  }
  Flat flat;
  VOXLAKE_TRY(flatten(path, "", parsed.table(), flat));
  return flat;
}

}  // namespace voxlake::config
