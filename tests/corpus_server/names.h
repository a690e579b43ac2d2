#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corpus_server {

/// A number that a text always gives (FNV-1a, mixed): what is made for a name depends on nothing else.
uint64_t hash_of(std::string_view text);

/// The archives' file names, a line each. Empty where the file cannot be read.
std::vector<std::string> read_names(const std::string& file);

/// Names such as VoxForge's, always the same: a third by `anonymous`, the others by users of whom some gave one archive and some a hundred;
/// in the page's order, no two alike.
std::vector<std::string> made_up_names(size_t count);

/// The user part of an archive's name.
std::string_view user_of(std::string_view name);

}  // namespace corpus_server
