#include "corpus/letters.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace voxlake::corpus {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Decoded {
  char32_t code_point = replacement;
  size_t length = 1;
  bool valid = false;
};

/// One sequence after RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  size_t length = 0;
  char32_t value = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    value = lead & 0x1Fu;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    value = lead & 0x0Fu;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    value = lead & 0x07u;
  } else {
    return {};
  }
  if (at + length > text.size()) return {};
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length, true};
}

struct Letters {
  std::u32string_view accented;
  char32_t plain;
};

/// Lower-case letters with marks, and what they are written as without. Languages of VoxForge and their neighbours.
constexpr std::array<Letters, 34> accents = {{
    {U"àáâãäåāăąǎ", U'a'}, {U"çćĉċč", U'c'}, {U"ďđ", U'd'},   {U"èéêëēĕėęě", U'e'},  {U"ĝğġģ", U'g'}, {U"ĥħ", U'h'},
    {U"ìíîïĩīĭįı", U'i'},  {U"ĵ", U'j'},     {U"ķ", U'k'},    {U"ĺļľł", U'l'},       {U"ñńņň", U'n'}, {U"òóôõöøōŏő", U'o'},
    {U"ŕŗř", U'r'},        {U"śŝşšș", U's'}, {U"ţťŧț", U't'}, {U"ùúûüũūŭůűų", U'u'}, {U"ŵ", U'w'},    {U"ýÿŷ", U'y'},
    {U"źżž", U'z'},        {U"ά", U'α'},     {U"έ", U'ε'},    {U"ή", U'η'},          {U"ίϊΐ", U'ι'},  {U"ό", U'ο'},
    {U"ύϋΰ", U'υ'},        {U"ώ", U'ω'},     {U"ς", U'σ'},    {U"ё", U'е'},          {U"й", U'и'},    {U"ї", U'і'},
    {U"ѝ", U'и'},          {U"ґ", U'г'},     {U"ў", U'у'},    {U"ѐ", U'е'},
}};

char32_t lower(char32_t letter) {
  if (letter >= U'A' && letter <= U'Z') return letter + 32;
  if (letter < 0x80) return letter;
  if (letter >= 0xC0 && letter <= 0xDE && letter != 0xD7) return letter + 32;
  if (letter == 0x178) return 0xFF;
  if (letter == 0x130) return U'i';
  const bool odd_is_upper = (letter >= 0x139 && letter <= 0x148) || (letter >= 0x179 && letter <= 0x17E);
  const bool even_is_upper = (letter >= 0x100 && letter <= 0x137) || (letter >= 0x14A && letter <= 0x177) ||
                             (letter >= 0x218 && letter <= 0x21B) || letter == 0x490;
  if (odd_is_upper) return letter % 2 == 1 ? letter + 1 : letter;
  if (even_is_upper) return letter % 2 == 0 ? letter + 1 : letter;
  switch (letter) {
    case U'Ά': return U'ά';
    case U'Έ': return U'έ';
    case U'Ή': return U'ή';
    case U'Ί': return U'ί';
    case U'Ό': return U'ό';
    case U'Ύ': return U'ύ';
    case U'Ώ': return U'ώ';
    default: break;
  }
  if (letter >= 0x391 && letter <= 0x3AB) return letter + 32;
  if (letter >= 0x410 && letter <= 0x42F) return letter + 32;
  if (letter >= 0x400 && letter <= 0x40F) return letter + 80;
  return letter;
}

char32_t without_accent(char32_t letter) {
  if (letter < 0x80) return letter;
  for (const Letters& letters : accents) {
    if (letters.accented.find(letter) != std::u32string_view::npos) return letters.plain;
  }
  return letter;
}

bool is_mark(char32_t letter) {
  const bool combining = letter >= 0x300 && letter <= 0x36F;
  const bool hebrew_point = letter >= 0x591 && letter <= 0x5C7;
  const bool invisible = (letter >= 0x200B && letter <= 0x200F) || letter == 0xFEFF || letter == 0xAD;
  return combining || hebrew_point || invisible;
}

bool is_letter(char32_t letter) {
  if (letter < 0x80) return (letter >= U'a' && letter <= U'z') || (letter >= U'A' && letter <= U'Z');
  if (letter < 0xC0) return letter == 0xAA || letter == 0xB5 || letter == 0xBA;
  if (letter == 0xD7 || letter == 0xF7 || letter == replacement) return false;
  const bool punctuation = (letter >= 0x2000 && letter <= 0x2BFF) || (letter >= 0x3000 && letter <= 0x303F) ||
                           (letter >= 0xFF00 && letter <= 0xFF20) || (letter >= 0xE000 && letter <= 0xF8FF);
  return !punctuation;
}

bool is_blank(char32_t letter) {
  return letter <= 0x20 || (letter >= 0x7F && letter <= 0xA0) || letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200F) ||
         (letter >= 0x2028 && letter <= 0x202F) || letter == 0x205F || letter == 0x3000 || letter == 0xFEFF;
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
  std::u32string letters;
  letters.reserve(utf8.size());
  for (size_t at = 0; at < utf8.size();) {
    const Decoded decoded = decode_at(utf8, at);
    letters.push_back(decoded.code_point);
    at += decoded.length;
  }
  return letters;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if ((code_point >= 0xD800 && code_point <= 0xDFFF) || code_point > 0x10FFFF) code_point = replacement;
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | (code_point >> 6));
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | (code_point >> 12));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | (code_point >> 18));
    add(0x80 | ((code_point >> 12) & 0x3F));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

bool is_valid_utf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const Decoded decoded = decode_at(bytes, at);
    if (!decoded.valid) return false;
    at += decoded.length;
  }
  return true;
}

std::vector<std::string> folded_words(std::string_view utf8) {
  std::vector<std::string> words(1);
  for (char32_t letter : code_points(utf8)) {
    if (is_mark(letter)) continue;
    if (is_letter(letter)) {
      append_utf8(words.back(), without_accent(lower(letter)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string_view trimmed(std::string_view utf8) {
  size_t begin = 0;
  while (begin < utf8.size()) {
    const Decoded decoded = decode_at(utf8, begin);
    if (!decoded.valid || !is_blank(decoded.code_point)) break;
    begin += decoded.length;
  }
  utf8.remove_prefix(begin);
  while (!utf8.empty()) {
    size_t last = utf8.size() - 1;
    while (last > 0 && utf8.size() - last < 4 && (static_cast<unsigned char>(utf8[last]) & 0xC0) == 0x80) --last;
    const Decoded decoded = decode_at(utf8, last);
    if (!decoded.valid || last + decoded.length != utf8.size() || !is_blank(decoded.code_point)) break;
    utf8.remove_suffix(decoded.length);
  }
  return utf8;
}

}  // namespace voxlake::corpus
