#pragma once

#include <string>
#include <string_view>

namespace voxlake::corpus {

/// The speaker that an archive's name tells: the user part of USER-YYYYMMDD-xxx (and of the names that break the rule: no suffix, MMDDYYYY,
/// an empty suffix, .zip), as written. The whole archive name for `anonymous` and where no user part can be told. `archive`: the file's
/// name without .tgz.
std::string speaker_of(std::string_view archive);

}  // namespace voxlake::corpus
