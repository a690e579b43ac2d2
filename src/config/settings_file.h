#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/own_set.h"
#include "error/result.h"

namespace voxlake::config {

/// What a TOML file says.
struct SettingsFile {
  /// Keys and values, flattened: {"copy.connections", "8"}. Only strings, numbers and booleans are taken.
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<OwnSet> own_sets;  ///< the tables [features.sets.NAME]
};

/// invalid_argument with file, line and column where the file is not TOML or holds what no setting can be; not_found where it is not there.
Result<SettingsFile> read_settings_file(const std::string& path);
/// The same of a text; `path` is for the messages.
Result<SettingsFile> parse_settings(std::string_view text, const std::string& path);

}  // namespace voxlake::config
