#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace voxlake::net {

/// Whether an HTTP status speaks of a passing trouble: 408, 425, 429 and the 5xx.
bool is_transient_status(long status);

/// How long to wait after the `failures`th failure (from 1): `first` doubled each time up to `longest`, of which a random part between a
/// half and the whole, so that clients that failed together do not return together. `chance` is uniform in [0, 1).
std::chrono::milliseconds backoff(int32_t failures, std::chrono::milliseconds first, std::chrono::milliseconds longest, double chance);

/// A `Retry-After` header: seconds, or a date (RFC 9110, 10.2.3) seen from `now`. Never negative; nullopt for what is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now);

/// Seconds since 1970 of a date as HTTP writes it; nullopt for what is none.
std::optional<int64_t> parse_http_date(std::string_view value);

/// The date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string format_http_date(int64_t seconds_since_1970);

}  // namespace voxlake::net
