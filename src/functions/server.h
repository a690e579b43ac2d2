#pragma once

#include <atomic>
#include <functional>

#include "error/result.h"
#include "functions/handler.h"

namespace voxlake::functions {

/// Listens on 127.0.0.1:`port` (0: any that is free) and gives each request to `answer`, on up to 32 threads at once, until `stop` is set;
/// then requests at hand are answered, and it returns. `ready` is called with the port once it listens, `stopping` when it is about to end.
/// Nobody but this machine reaches it: the Functions host, which has checked the caller's key. A body beyond `most_body_bytes` is refused
/// with 413, a request that is not whole after 10 seconds dropped. io where the port cannot be had.
Status serve(int port, const std::function<HttpReply(const HttpRequest&)>& answer, const std::function<void(int port)>& ready,
             const std::function<void()>& stopping, const std::atomic<bool>& stop);

}  // namespace voxlake::functions
