#pragma once

#include <cctype>
#include <string_view>

namespace voxlake::warehouse {

/// A statement, or a part of one, without the white space around it.
inline std::string_view trimmed(std::string_view sql) {
  constexpr std::string_view space = " \t\r\n\f\v";
  const size_t first = sql.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view() : sql.substr(first, sql.find_last_not_of(space) - first + 1);
}

/// Whether the letter can stand in a name or keyword without quotes.
inline bool is_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

}  // namespace voxlake::warehouse
