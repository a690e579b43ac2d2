#include "lake/time_text.h"

#include <chrono>
#include <cstdio>

namespace voxlake::lake {

namespace {

/// Reads digits from the front of a text.
class DigitReader {
 public:
  explicit DigitReader(std::string_view text) : rest_(text) {}
  bool number(size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  /// Up to nine digits after a point, as milliseconds.
  bool fraction_ms(int& value) {
    value = 0;
    int digits = 0, digit = 0;
    for (; number(1, digit); ++digits) {
      if (digits < 3) value = value * 10 + digit;
    }
    for (int i = digits; i < 3; ++i) value *= 10;
    return digits > 0 && digits <= 9;
  }
  char last() const { return last_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

struct Clock {
  int hour = 0, minute = 0, second = 0, millisecond = 0, zone_minutes = 0;
};

bool read_zone(DigitReader& reader, Clock& clock) {
  if (reader.take("Zz")) return true;
  if (!reader.take("+-")) return reader.at_end();
  const int sign = reader.last() == '-' ? -1 : 1;
  int hours = 0, minutes = 0;
  if (!reader.number(2, hours)) return false;
  reader.take(":");
  if (!reader.at_end() && !reader.number(2, minutes)) return false;
  clock.zone_minutes = sign * (hours * 60 + minutes);
  return hours <= 18 && minutes < 60;
}

bool read_clock(DigitReader& reader, Clock& clock) {
  if (reader.at_end()) return true;
  if (reader.take("Tt ")) {
    if (!reader.number(2, clock.hour) || !reader.take(":") || !reader.number(2, clock.minute)) return false;
    if (reader.take(":")) {
      if (!reader.number(2, clock.second)) return false;
      if (reader.take(".,") && !reader.fraction_ms(clock.millisecond)) return false;
    }
    reader.take(" ");
    if (!read_zone(reader, clock)) return false;
  }
  return clock.hour < 24 && clock.minute < 60 && clock.second < 60;
}

}  // namespace

std::string format_time_ms(int64_t time_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(time_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

Result<int64_t> parse_time_ms(std::string_view text) {
  using namespace std::chrono;
  DigitReader reader(text);
  Clock clock;
  int year_number = 0, month_number = 0, day_number = 0;
  bool good = reader.number(4, year_number) && reader.take("-") && reader.number(2, month_number) && reader.take("-") &&
              reader.number(2, day_number) && read_clock(reader, clock) && reader.at_end();
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)), day(static_cast<unsigned>(day_number))};
  if (!good || !date.ok()) {
    return failure(ErrorKind::invalid_argument, "`" + std::string(text) + "` is not a time",
                   "write it as 2026-11-22, 2026-11-22T10:00 or 2026-11-22T10:00:00.000+01:00; without a zone it is UTC");
  }
  const auto time = sys_days(date) + hours(clock.hour) + minutes(clock.minute - clock.zone_minutes) + seconds(clock.second) +
                    milliseconds(clock.millisecond);
  return time.time_since_epoch().count();
}

}  // namespace voxlake::lake
