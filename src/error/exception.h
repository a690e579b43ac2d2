#pragma once

#include <exception>
#include <string>

#include "error/result.h"

namespace voxlake {

/// Memory ran out while something was done: `limit_exceeded`, and what helps. `doing` opens the sentence: "cannot read part-0.parquet".
Error out_of_memory(const std::string& doing);

/// What a library threw: out of memory, or an error of the kind `otherwise` with the library's words.
Error from_exception(const std::exception& error, ErrorKind otherwise, const std::string& doing);

}  // namespace voxlake
