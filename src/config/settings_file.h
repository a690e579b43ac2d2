#pragma once

#include <string>
#include <utility>
#include <vector>

#include "error/result.h"

namespace voxlake::config {

/// The keys and values of a TOML file, flattened: {"copy.connections", "8"}. Only strings, numbers and booleans are taken.
/// invalid_argument with file, line and column where the file is not TOML; not_found where it is not there.
Result<std::vector<std::pair<std::string, std::string>>> read_settings_file(const std::string& path);

}  // namespace voxlake::config
