#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace voxlake::cli {

/// Something that works but may be taken advantage of, and what to do about it.
struct Risk {
  std::string what;
  std::string remedy;
};

/// What `voxlake doctor` warns of: who may write to the lake, secrets that others can read, how the corpus comes, whose word is trusted,
/// what the process may do. `config_file` is the file that was read, if any.
std::vector<Risk> find_risks(const config::Resolved& resolved, const std::optional<std::string>& config_file);

}  // namespace voxlake::cli
