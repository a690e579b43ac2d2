#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "cli/app.h"
#include "cli/commands.h"

namespace {

/// Memory that a worker gave back should go back to the system, not stay in that thread's arena: with the defaults of glibc and Arrow a run
/// held 450 MB where it used 190 MB. But not at once: blocks of a megabyte that came fresh from the system each time cost a fifth of a run.
void keep_memory_small() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // glibc takes no more
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", 0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_small();
  const int status = voxlake::cli::status_of_output(voxlake::cli::run_app(argc, argv));
#ifndef VOXLAKE_SANITIZE  // whose search for leaks comes at a normal end
  // All of ours has been put away. What a normal end adds are the destructors of libraries: a twentieth of a short command.
  std::fflush(stderr);
  std::_Exit(status);
#endif
  return status;
}
