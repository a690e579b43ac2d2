#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace voxlake::cli {
namespace {

// A signal handler can only reach what is global.
std::atomic<bool> stop{false};

void on_signal(int) {
  if (stop.exchange(true)) _exit(130);
}

}  // namespace

const std::atomic<bool>& stop_requested() {
  return stop;
}

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace voxlake::cli
