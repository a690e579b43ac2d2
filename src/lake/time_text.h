#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "error/result.h"

namespace voxlake::lake {

/// `2026-11-22T10:00:00.123Z`, from milliseconds since 1970, UTC.
std::string format_time_ms(int64_t time_ms);

/// Milliseconds since 1970, UTC, of `2026-11-22`, `2026-11-22 10:00`, `2026-11-22T10:00:00.123`, each with `Z` or `+01:00` behind it, or
/// UTC where there is none. invalid_argument for anything else.
Result<int64_t> parse_time_ms(std::string_view text);

}  // namespace voxlake::lake
