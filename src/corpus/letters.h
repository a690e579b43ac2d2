#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Unicode as far as labels need it: code points, and a folding that lets spellings of one word meet. Internal to this room.
namespace voxlake::corpus {

/// The code points of UTF-8 text; U+FFFD for each byte that is not part of a valid sequence.
std::u32string code_points(std::string_view utf8);
void append_utf8(std::string& text, char32_t code_point);
bool is_valid_utf8(std::string_view bytes);

/// The words of a text, folded: lower case and without accents (Latin, Greek, Cyrillic); everything that is not a letter parts words.
/// `[Männlich];` is {"mannlich"}, `Âge :` is {"age"}. Letters of other scripts stay as they are.
std::vector<std::string> folded_words(std::string_view utf8);

/// Without white space, control characters, zero-width characters and byte-order marks at either end.
std::string_view trimmed(std::string_view utf8);

}  // namespace voxlake::corpus
