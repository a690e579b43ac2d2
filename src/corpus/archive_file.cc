#include "corpus/archive_file.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "corpus/letters.h"

namespace voxlake::corpus {
namespace {

bool ends_with_any_case(std::string_view text, std::string_view lower_case_end) {
  if (text.size() < lower_case_end.size()) return false;
  const std::string_view end = text.substr(text.size() - lower_case_end.size());
  return std::equal(end.begin(), end.end(), lower_case_end.begin(), [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

size_t extension_length(std::string_view file_name) {
  for (const std::string_view extension : {".tgz", ".tar.gz"}) {
    if (ends_with_any_case(file_name, extension)) return extension.size();
  }
  return 0;
}

bool is_safe_letter(char32_t letter) {
  if (letter < 0x20 || letter == U'/' || letter == U'\\') return false;
  if (letter >= 0x7F && letter <= 0x9F) return false;
  const bool turns_or_breaks =
      (letter >= 0x200E && letter <= 0x200F) || (letter >= 0x2028 && letter <= 0x202E) || (letter >= 0x2066 && letter <= 0x2069);
  return !turns_or_breaks;
}

}  // namespace

bool is_archive_file(std::string_view file_name) {
  const size_t extension = extension_length(file_name);
  return extension > 0 && file_name.size() > extension;
}

std::string archive_of(std::string_view file_name) {
  return std::string(is_archive_file(file_name) ? file_name.substr(0, file_name.size() - extension_length(file_name)) : file_name);
}

bool is_safe_file_name(std::string_view file_name) {
  constexpr size_t most_bytes = 255;
  if (file_name.empty() || file_name.size() > most_bytes || !is_valid_utf8(file_name)) return false;
  const std::string archive = archive_of(file_name);
  if (archive == "." || archive == "..") return false;
  const std::u32string letters = code_points(file_name);
  return std::all_of(letters.begin(), letters.end(), is_safe_letter);
}

}  // namespace voxlake::corpus
