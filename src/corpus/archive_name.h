#pragma once

#include <string>
#include <string_view>

namespace voxlake::corpus {

/// The speaker that an archive's name tells: the user part of USER-YYYYMMDD-xxx (and of the names that break the rule: no suffix, MMDDYYYY,
/// an empty suffix, .zip), as written. The whole archive name for `anonymous` and where no user part can be told. `archive`: the file's
/// name without .tgz.
/// The user part is what stands before the first part that is a date; where no part is one, before what resembles one (2007-09-25, 070403,
/// 200802). A prompt list's name between the two (`jaiger-vf16-20070214`, `granthulbert-ar-01032007`) is not part of the user.
std::string speaker_of(std::string_view archive);

}  // namespace voxlake::corpus
