#pragma once

namespace voxlake::cli {

/// Runs the program. Exit status: 0 done; 1 failed; 2 wrong usage; 3 done, but some input was refused; 130 interrupted.
int run_app(int argc, char** argv);

}  // namespace voxlake::cli
