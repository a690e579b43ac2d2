#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace voxlake::report {

/// RFC 4648 base64, padded.
std::string base64(std::span<const uint8_t> bytes);

}  // namespace voxlake::report
