#include "net/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "net/curl.h"
#include "net/header_text.h"

namespace voxlake::net {
namespace {

constexpr int64_t longest_wait_seconds = 366LL * 24 * 3600;

}  // namespace

bool is_transient_status(long status) {
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

std::chrono::milliseconds backoff(int32_t failures, std::chrono::milliseconds first, std::chrono::milliseconds longest, double chance) {
  auto whole = std::min(first, longest);
  for (int32_t i = 1; i < failures && whole < longest; ++i) whole = std::min(whole * 2, longest);
  return std::chrono::milliseconds(static_cast<int64_t>(static_cast<double>(whole.count()) * (0.5 + 0.5 * chance)));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  const std::string_view text = trimmed(value);
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t seconds = longest_wait_seconds;  // stays where the number is beyond all bounds
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::chrono::seconds(std::min(seconds, longest_wait_seconds));
  }
  const std::optional<int64_t> date = parse_http_date(text);
  if (!date) return std::nullopt;
  const int64_t now_seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return std::chrono::seconds(std::clamp<int64_t>(*date - now_seconds, 0, longest_wait_seconds));
}

std::optional<int64_t> parse_http_date(std::string_view value) {
  const time_t date = curl().getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return static_cast<int64_t>(date);
}

std::string format_http_date(int64_t seconds_since_1970) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t time = static_cast<time_t>(seconds_since_1970);
  std::tm utc{};
  if (gmtime_r(&time, &utc) == nullptr) return {};
  // Not strftime: its names follow the locale.
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[static_cast<size_t>(utc.tm_wday)], utc.tm_mday,
                months[static_cast<size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace voxlake::net
