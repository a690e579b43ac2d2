#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace voxlake::corpus {

/// What etc/README says of a speaker. Raw spellings are kept (as UTF-8, trimmed); absent where the README does not say, and, but for
/// gender_raw, where the form was left unfilled (`Please Select`, `unknown`, `n/a`). Where a field comes twice, the first is taken.
struct Labels {
  std::string gender = "unknown";  ///< male, female or unknown
  std::optional<std::string> gender_raw;
  std::optional<std::string> age_range;  ///< youth, adult or senior; otherwise as written
  std::optional<std::string> language;
  std::optional<std::string> dialect;
};

// All of these are pure, thread safe and total: any bytes give an answer, in time linear in their number.

/// Text in valid UTF-8 from bytes in UTF-8 (with or without mark), UTF-16 with a mark, or otherwise Windows-1252 (WHATWG's table, which
/// has every byte; Latin-1 but for 0x80 to 0x9F).
std::string to_utf8(std::string_view bytes);

/// Reads etc/README in any of the encodings, line ends and languages that VoxForge has.
Labels parse_readme(std::string_view bytes);

/// male, female or unknown for a gender as written (UTF-8), in the languages of VoxForge: `[male]`, `Weiblich`, `männlich;`. Unknown where
/// no word of it tells (`Please Select`, `adult`), or two tell different things (`male/female`).
std::string normalise_gender(std::string_view raw);

/// Prompts by utterance stem, from etc/PROMPTS (`ARCHIVE/mfc/a0001 TEXT`) or etc/prompts-original (`a0001 Text`). The first line of a stem
/// counts; lines without a text are none.
std::map<std::string, std::string> parse_prompts(std::string_view bytes);

}  // namespace voxlake::corpus
