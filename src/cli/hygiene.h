#pragma once

#include <string>
#include <vector>

/// What the program does so that it leaks nothing and fails as a program should, whatever the machine does.
namespace voxlake::cli {

/// Files that nobody but owner and group may change, also where the umask is 0.
void use_safe_modes();

/// The arguments, copied. In the process's own memory secrets in them (passwords and tokens of URLs) are then overwritten, so that `ps`
/// shows none; and where there are any, or the environment holds some, no core file is written.
std::vector<std::string> take_arguments(int argc, char** argv);

/// Whether the environment holds a secret: a URL with a password or a token, or a variable whose name says so.
bool environment_has_secret();

/// Where memory runs out on some thread, the program ends with exit status 1 and a sentence, not with an abort.
void end_well_without_memory();

}  // namespace voxlake::cli
