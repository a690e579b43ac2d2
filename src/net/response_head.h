#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace voxlake::net {

/// `Content-Range: bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4).
struct ContentRange {
  int64_t first = 0;
  int64_t last = 0;
  std::optional<int64_t> total;  ///< not said: `*`
};

/// Nullopt for another unit, for `bytes */N` and for what makes no sense (last before first, total not beyond last).
std::optional<ContentRange> parse_content_range(std::string_view value);

/// What matters of an answer's status line and headers. Lines are taken one by one; each status line starts over, so that after redirects
/// the last answer is what is left.
struct ResponseHead {
  long status = 0;  ///< 0 before the first answer, and for file://
  std::string etag;
  std::string last_modified;
  std::string date;
  std::string retry_after;
  std::string content_type;
  std::string content_range;
  std::string location;

  void take_line(std::string_view line);
  /// An answer that sends us on to elsewhere.
  bool is_redirect() const { return status >= 300 && status < 400 && status != 304 && !location.empty(); }
  /// What If-Range may carry to say "the same bytes as in this answer": the ETag if it is a strong one, or else Last-Modified where it lies
  /// at least a second before the answer's own date (RFC 9110, 13.1.5 and 8.8.2.2). Empty: the bytes cannot be pinned down.
  std::string range_validator() const;
};

}  // namespace voxlake::net
