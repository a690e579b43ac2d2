#pragma once

#include <string>

#include "error/result.h"

namespace voxlake::files {

/// Whether a system call failed (`code`: its errno) because this machine has no handles or no memory left: the next file would fare no
/// better, and the same call may succeed later.
bool is_shortage(int code);

/// Whether not even a mebibyte can be had: for libraries that say alike that they have no memory and that they will not go on.
bool is_memory_short();

/// What to do about an errno; empty where nothing is known. `may_not`: what to check where the user may not.
std::string remedy_of(int code, std::string may_not);

/// `doing`, with the system's words and a remedy. Kinds: not_found (ENOENT, ENOTDIR), already_exists (EEXIST), else io.
tl::unexpected<Error> system_failure(int code, std::string doing, std::string may_not = "check who may read it");

}  // namespace voxlake::files
