#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace voxlake::corpus {

/// What etc/README says of a speaker. Raw spellings are kept (as UTF-8, trimmed); absent where the README does not say.
struct Labels {
  std::string gender = "unknown";  ///< male, female or unknown
  std::optional<std::string> gender_raw;
  std::optional<std::string> age_range;  ///< youth, adult or senior; otherwise as written
  std::optional<std::string> language;
  std::optional<std::string> dialect;
};

/// Text in UTF-8 from bytes in UTF-8 (with or without mark), UTF-16 with a mark, or otherwise Windows-1252.
std::string to_utf8(std::string_view bytes);

/// Reads etc/README in any of the encodings, line ends and languages that VoxForge has.
Labels parse_readme(std::string_view bytes);

/// male, female or unknown for a gender as written, in the languages of VoxForge: `[male]`, `Weiblich`, `männlich;`, `Please Select`.
std::string normalise_gender(std::string_view raw);

/// Prompts by utterance stem, from etc/PROMPTS (`ARCHIVE/mfc/a0001 TEXT`) or etc/prompts-original (`a0001 Text`).
std::map<std::string, std::string> parse_prompts(std::string_view bytes);

}  // namespace voxlake::corpus
