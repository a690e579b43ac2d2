#include "corpus/archive_name.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

namespace voxlake::corpus {
namespace {

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

size_t leading_digits(std::string_view part) {
  return static_cast<size_t>(std::find_if_not(part.begin(), part.end(), is_digit) - part.begin());
}

int number(std::string_view digits) {
  int value = 0;
  for (char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

bool is_year(int value) {
  return value >= 1990 && value <= 2099;
}

bool is_month_and_day(int first, int second) {
  return first >= 1 && first <= 12 && second >= 1 && second <= 31;
}

/// YYYYMMDD, MMDDYYYY or DDMMYYYY.
bool is_calendar_date(std::string_view part) {
  if (leading_digits(part) != 8) return false;
  const bool year_first = is_year(number(part.substr(0, 4))) && is_month_and_day(number(part.substr(4, 2)), number(part.substr(6, 2)));
  const int first = number(part.substr(0, 2));
  const int second = number(part.substr(2, 2));
  const bool year_last = is_year(number(part.substr(4, 4))) && (is_month_and_day(first, second) || is_month_and_day(second, first));
  return year_first || year_last;
}

/// What stands for a date without being one: 070403, 200802, 092909, 200709011.
bool resembles_date(std::string_view part) {
  const size_t digits = leading_digits(part);
  return digits >= 6 && digits <= 9;
}

/// 2007-09-25, over three parts.
bool is_dashed_date(const std::vector<std::string_view>& parts, size_t at) {
  if (at + 2 >= parts.size()) return false;
  const auto is_number_of = [&](size_t part, size_t digits) {
    return parts[part].size() == digits && leading_digits(parts[part]) == digits;
  };
  return is_number_of(at, 4) && is_number_of(at + 1, 2) && leading_digits(parts[at + 2]) == 2 && is_year(number(parts[at])) &&
         is_month_and_day(number(parts[at + 1]), number(parts[at + 2].substr(0, 2)));
}

/// The prompt list that a session read: arctic (ar), cc, rainbow passage (rp), or VoxForge's own lists (vf16). It belongs behind the date,
/// and a few submissions have it before.
bool is_prompt_list(std::string_view part) {
  if (part == "ar" || part == "cc" || part == "rp") return true;
  return part.size() > 2 && part.starts_with("vf") && leading_digits(part.substr(2)) == part.size() - 2;
}

bool is_anonymous(std::string_view user) {
  constexpr std::string_view anonymous = "anonymous";
  return std::equal(user.begin(), user.end(), anonymous.begin(), anonymous.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

std::vector<std::string_view> split_at_dashes(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t dash = text.find('-', begin);
    parts.push_back(text.substr(begin, dash == std::string_view::npos ? dash : dash - begin));
    if (dash == std::string_view::npos) return parts;
    begin = dash + 1;
  }
}

/// Which part the date is, looking for the surest form first; 0 where there is none (a name does not begin with its date).
size_t date_part(const std::vector<std::string_view>& parts) {
  for (size_t i = 1; i < parts.size(); ++i) {
    if (is_calendar_date(parts[i])) return i;
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    if (is_dashed_date(parts, i)) return i;
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    if (resembles_date(parts[i])) return i;
  }
  return 0;
}

}  // namespace

std::string speaker_of(std::string_view archive) {
  const std::vector<std::string_view> parts = split_at_dashes(archive);
  const size_t date = date_part(parts);
  if (date == 0) return std::string(archive);
  size_t user_parts = date;
  if (user_parts > 1 && is_prompt_list(parts[user_parts - 1])) --user_parts;
  const auto user_end = parts[user_parts - 1].data() + parts[user_parts - 1].size();
  const std::string_view user = archive.substr(0, static_cast<size_t>(user_end - archive.data()));
  if (user.empty() || is_anonymous(user)) return std::string(archive);
  return std::string(user);
}

}  // namespace voxlake::corpus
