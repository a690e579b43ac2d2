#pragma once

#include <optional>
#include <string_view>

/// The words by which READMEs name fields and fill them in, in the languages of VoxForge's form. Internal to this room.
namespace voxlake::corpus {

enum class LabelField { gender, age_range, language, dialect };

/// Which field a key names: `Gender`, `Âge`, `Диалект произношения`. None for keys of other things, and for the speaker's first language
/// (the language that is spoken in the clips is asked for).
std::optional<LabelField> label_field(std::string_view key);

/// The meanings that are looked for in a value. None where the value has no such word, or words of two meanings (`male/female`).
std::optional<std::string_view> gender_word(std::string_view value);  ///< male, female
std::optional<std::string_view> age_word(std::string_view value);     ///< youth, adult, senior

/// Whether a form's field was left as it was: empty, `Please Select`, `unknown`, `n/a`.
bool is_unfilled(std::string_view value);

}  // namespace voxlake::corpus
