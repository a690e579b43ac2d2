#include "net/response_head.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/header_text.h"
#include "net/retry.h"

namespace voxlake::net {
namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<int64_t> parse_count(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trimmed(value);
  if (value.size() < 6 || !equals_ignoring_case(value.substr(0, 6), "bytes ")) return std::nullopt;
  value = trimmed(value.substr(6));
  const size_t dash = value.find('-');
  const size_t slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = parse_count(value.substr(0, dash));
  const auto last = parse_count(value.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return std::nullopt;
  ContentRange range{*first, *last, std::nullopt};
  const std::string_view total = value.substr(slash + 1);
  if (total == "*") return range;
  range.total = parse_count(total);
  if (!range.total || *range.total <= *last) return std::nullopt;
  return range;
}

void ResponseHead::take_line(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("HTTP/")) {
    *this = {};
    const size_t space = line.find(' ');
    if (space != std::string_view::npos) status = parse_count(line.substr(space + 1, 3)).value_or(0);
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  // Some are sent back to the server. RFC 9110, 5.5: a value with these in it is invalid, and dangerous.
  const auto control = [](char byte) { return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7f; };
  if (std::any_of(value.begin(), value.end(), control)) return;
  const std::array<std::pair<std::string_view, std::string*>, 7> wanted = {{{"ETag", &etag},
                                                                            {"Last-Modified", &last_modified},
                                                                            {"Date", &date},
                                                                            {"Retry-After", &retry_after},
                                                                            {"Content-Type", &content_type},
                                                                            {"Content-Range", &content_range},
                                                                            {"Location", &location}}};
  for (const auto& [key, target] : wanted) {
    if (equals_ignoring_case(name, key)) target->assign(value);
  }
}

std::string ResponseHead::range_validator() const {
  if (!etag.empty() && !etag.starts_with("W/")) return etag;
  if (last_modified.starts_with("W/") || last_modified.starts_with('"')) return {};  // curl reads such a date, a server a tag
  const auto modified = parse_http_date(last_modified);
  if (!modified) return {};
  const auto answered = parse_http_date(date);
  if (answered && *answered - *modified < 1) return {};
  return last_modified;
}

}  // namespace voxlake::net
