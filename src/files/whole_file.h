#pragma once

#include <string>

#include "error/result.h"

namespace voxlake::files {

/// All bytes of a file, or of a pipe until its end. `what` says what it is, for the error: "the configuration".
/// Errors: not_found, io (it cannot be opened, is a folder, or cannot be read to its end).
Result<std::string> read_whole_file(const std::string& path, const std::string& what);

}  // namespace voxlake::files
