#pragma once

#include <sys/types.h>
#include <unistd.h>

namespace voxlake::files {

/// While it lives, this process may not what only root may: where it runs as root, it is nobody. For tests with one thread.
class WithoutRights {
 public:
  WithoutRights() : was_root_(geteuid() == 0 && seteuid(nobody) == 0) {}
  ~WithoutRights() {
    if (was_root_) static_cast<void>(seteuid(0) + 0);
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
  bool was_root_;
};

}  // namespace voxlake::files
