#include "corpus/labels.h"

#include <array>
#include <cstddef>
#include <vector>

#include "corpus/label_words.h"
#include "corpus/letters.h"

namespace voxlake::corpus {
namespace {

/// Windows-1252 from 0x80 to 0x9F (WHATWG Encoding Standard: the five unassigned bytes are control characters); elsewhere it is Latin-1.
constexpr std::array<char16_t, 32> windows_1252 = {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                   0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                   0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    append_utf8(text, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80u] : byte);
  }
  return text;
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::vector<char32_t> units;
  units.reserve(bytes.size() / 2);
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const char32_t first = static_cast<unsigned char>(bytes[i]);
    const char32_t second = static_cast<unsigned char>(bytes[i + 1]);
    units.push_back(big_endian ? (first << 8) | second : (second << 8) | first);
  }
  std::string text;
  for (size_t i = 0; i < units.size(); ++i) {
    const bool pair = units[i] >= 0xD800 && units[i] <= 0xDBFF && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] <= 0xDFFF;
    append_utf8(text, pair ? 0x10000 + ((units[i] - 0xD800) << 10) + (units[i + 1] - 0xDC00) : units[i]);
    if (pair) ++i;
  }
  return text;
}

/// Calls `visit` with each line; a line ends with LF, CR or CRLF.
template <typename Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

struct KeyAndValue {
  std::string_view key;
  std::string_view value;
};

/// Parts `Key: value`; also at the full-width colon of East Asian keyboards.
std::optional<KeyAndValue> split_at_colon(std::string_view line) {
  constexpr std::string_view wide_colon = "\uFF1A";
  const size_t narrow = line.find(':');
  const size_t wide = line.find(wide_colon);
  if (narrow == std::string_view::npos && wide == std::string_view::npos) return std::nullopt;
  const bool is_wide = wide < narrow;
  const size_t at = is_wide ? wide : narrow;
  return KeyAndValue{trimmed(line.substr(0, at)), trimmed(line.substr(at + (is_wide ? wide_colon.size() : 1)))};
}

void keep_first(std::optional<std::string>& label, std::string_view value) {
  if (!label && !is_unfilled(value)) label = std::string(value);
}

/// `ARCHIVE/mfc/a0001`, `*/a0001.wav` and `a0001` are all the utterance a0001.
std::string_view stem_of(std::string_view name) {
  const size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  for (const std::string_view extension : {".wav", ".flac", ".mfc", ".lab"}) {
    if (name.size() > extension.size() && name.ends_with(extension)) return name.substr(0, name.size() - extension.size());
  }
  return name;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
  constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
  if (bytes.starts_with("\xFF\xFE")) return from_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xFE\xFF")) return from_utf16(bytes.substr(2), true);
  const std::string_view text = bytes.starts_with(utf8_mark) ? bytes.substr(utf8_mark.size()) : bytes;
  if (is_valid_utf8(text)) return std::string(text);
  return from_windows_1252(text);
}

std::string normalise_gender(std::string_view raw) {
  return std::string(gender_word(raw).value_or("unknown"));
}

Labels parse_readme(std::string_view bytes) {
  Labels labels;
  const std::string text = to_utf8(bytes);
  for_each_line(text, [&](std::string_view line) {
    const auto entry = split_at_colon(line);
    if (!entry) return;
    const auto field = label_field(entry->key);
    if (!field) return;
    switch (*field) {
      case LabelField::gender:
        if (!labels.gender_raw && !entry->value.empty()) labels.gender_raw = std::string(entry->value);
        break;
      case LabelField::age_range: keep_first(labels.age_range, entry->value); break;
      case LabelField::language: keep_first(labels.language, entry->value); break;
      case LabelField::dialect: keep_first(labels.dialect, entry->value); break;
    }
  });
  if (labels.gender_raw) labels.gender = normalise_gender(*labels.gender_raw);
  if (labels.age_range) {
    if (const auto age = age_word(*labels.age_range)) labels.age_range = std::string(*age);
  }
  return labels;
}

std::map<std::string, std::string> parse_prompts(std::string_view bytes) {
  std::map<std::string, std::string> prompts;
  const std::string text = to_utf8(bytes);
  for_each_line(text, [&](std::string_view line) {
    line = trimmed(line);
    const size_t end_of_name = line.find_first_of(" \t");
    if (end_of_name == std::string_view::npos) return;
    const std::string_view stem = stem_of(line.substr(0, end_of_name));
    const std::string_view prompt = trimmed(line.substr(end_of_name));
    if (!stem.empty() && !prompt.empty()) prompts.emplace(stem, prompt);
  });
  return prompts;
}

}  // namespace voxlake::corpus
