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
constexpr std::string_view kOwnSets = "features.sets";

std::string place(const std::string& path, const toml::source_region& region) {
  return path + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column);
}

Result<Node> node_of(const std::string& path, const toml::node& from) {
  Node node;
  node.place = place(path, from.source());
  if (const auto* table = from.as_table()) {
    Node::Table entries;
    for (const auto& [name, each] : *table) {
      VOXLAKE_ASSIGN(auto entry, node_of(path, each));
      entries.emplace_back(std::string(name.str()), std::move(entry));
    }
    node.value = std::make_shared<const Node::Table>(std::move(entries));
  } else if (const auto* array = from.as_array()) {
    Node::List list;
    for (const auto& each : *array) {
      VOXLAKE_ASSIGN(auto entry, node_of(path, each));
      list.push_back(std::move(entry));
    }
    node.value = std::make_shared<const Node::List>(std::move(list));
  } else if (const auto* text = from.as_string()) {
    node.value = text->get();
  } else if (const auto* whole = from.as_integer()) {
    node.value = whole->get();
  } else if (const auto* number = from.as_floating_point()) {
    node.value = number->get();
  } else if (const auto* flag = from.as_boolean()) {
    node.value = flag->get();
  } else {
    return failure(ErrorKind::invalid_argument, "what stands at " + node.place + " is a date or a time", "no setting is one");
  }
  return node;
}

Status flatten(const std::string& path, const std::string& prefix, const toml::table& table, SettingsFile& file) {
  Flat& flat = file.values;
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (key == kOwnSets) {
      VOXLAKE_ASSIGN(const auto sets, node_of(path, node));
      VOXLAKE_ASSIGN(file.own_sets, read_own_sets(sets));
    } else if (const auto* inner = node.as_table()) {
      VOXLAKE_TRY(flatten(path, key + ".", *inner, file));
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

Result<SettingsFile> read_settings_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::not_found, "cannot read the configuration " + path, "check the path given with --config");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_settings(text.view(), path);
}

Result<SettingsFile> parse_settings(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    return failure(ErrorKind::invalid_argument, "the configuration " + place(path, parsed.error().source()) +
                                                    " is not TOML: " + std::string(parsed.error().description()));
  }
  SettingsFile file;
  VOXLAKE_TRY(flatten(path, "", parsed.table(), file));
  return file;
}

}  // namespace voxlake::config
