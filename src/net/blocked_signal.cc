#include "net/blocked_signal.h"

#include <pthread.h>

#include <ctime>

namespace voxlake::net {
namespace {

sigset_t broken_pipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pending() {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

BlockedBrokenPipe::BlockedBrokenPipe() : was_pending_(is_pending()) {
  const sigset_t set = broken_pipe();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

BlockedBrokenPipe::~BlockedBrokenPipe() {
  const sigset_t set = broken_pipe();
  const timespec at_once{};
  if (!was_pending_ && is_pending()) sigtimedwait(&set, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace voxlake::net
