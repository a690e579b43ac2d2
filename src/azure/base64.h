#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace voxlake::azure {

/// With padding (RFC 4648, 4).
std::string base64(std::string_view bytes);
/// Nothing where the text is no base64.
std::optional<std::string> from_base64(std::string_view text);
/// For URLs, without padding (RFC 4648, 5).
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace voxlake::azure
