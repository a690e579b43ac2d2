#pragma once

namespace voxlake::cli {

inline constexpr const char* version = VOXLAKE_VERSION;

}  // namespace voxlake::cli
