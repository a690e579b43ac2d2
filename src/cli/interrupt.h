#pragma once

#include <atomic>

namespace voxlake::cli {

/// Set once the user (SIGINT) or the system (SIGTERM) asked to stop. A second signal ends the process at once.
const std::atomic<bool>& stop_requested();
/// Listens to both signals from now on, and ignores SIGPIPE.
void listen_to_signals();

}  // namespace voxlake::cli
