#pragma once

#include <csignal>

namespace voxlake::net {

/// Keeps SIGPIPE from this thread while it lives. A write to a TLS connection that the other side has closed raises it, libcurl is told to
/// leave signals alone (they belong to the whole process), and the default is to end the program.
class BlockedBrokenPipe {
 public:
  BlockedBrokenPipe();
  ~BlockedBrokenPipe();
  BlockedBrokenPipe(const BlockedBrokenPipe&) = delete;
  BlockedBrokenPipe& operator=(const BlockedBrokenPipe&) = delete;

 private:
  bool was_pending_ = false;
  sigset_t before_{};
};

}  // namespace voxlake::net
