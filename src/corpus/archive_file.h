#pragma once

#include <string>
#include <string_view>

/// What a file must be called to be an archive of a corpus. Pure functions; thread safe.
namespace voxlake::corpus {

/// Ends in .tgz or .tar.gz, in any case, with a name before it.
bool is_archive_file(std::string_view file_name);

/// The file's name without that ending; the whole name where it has none.
std::string archive_of(std::string_view file_name);

/// Whether a name that somebody else chose may become a file's name in the lake: valid UTF-8 of at most 255 bytes; no slash or backslash,
/// no control character, nothing that turns the writing direction or breaks the line (so that it cannot pose as another in a list); and
/// neither
/// `.` nor `..`, also as an archive's name.
bool is_safe_file_name(std::string_view file_name);

}  // namespace voxlake::corpus
