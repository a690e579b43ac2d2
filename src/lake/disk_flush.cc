#include "lake/disk_flush.h"

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace voxlake::lake {

namespace {

/// What file systems say that cannot flush a folder.
bool is_no_error(int code) {
  return code == 0 || code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

/// Queue of requests to the kernel. Ending one takes some milliseconds, so each thread keeps its own as long as it lives.
class Queue {
 public:
  static constexpr long most = 128;
  Queue() {
    if (::syscall(SYS_io_setup, most, &context_) != 0) context_ = 0;
  }
  ~Queue() {
    if (context_ != 0) ::syscall(SYS_io_destroy, context_);
  }
  Queue(const Queue&) = delete;

  /// How many of the flushes the kernel took; it has begun with those.
  size_t begin(std::vector<iocb>& requests) {
    if (context_ == 0) return 0;
    std::vector<iocb*> pointers;
    for (iocb& request : requests) pointers.push_back(&request);
    const long taken = ::syscall(SYS_io_submit, context_, static_cast<long>(pointers.size()), pointers.data());
    return taken > 0 ? static_cast<size_t>(taken) : 0;
  }

  /// Waits for `count` of them; 0 or an error number.
  int wait(size_t count) {
    int code = 0;
    std::vector<io_event> events(count);
    while (count > 0) {
      const auto wanted = static_cast<long>(count);
      const long done = ::syscall(SYS_io_getevents, context_, wanted, wanted, events.data(), nullptr);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return errno;
      for (long i = 0; i < done; ++i) {
        const auto result = static_cast<int>(-events[static_cast<size_t>(i)].res);
        if (!is_no_error(result)) code = result;
      }
      count -= static_cast<size_t>(done);
    }
    return code;
  }

 private:
  aio_context_t context_ = 0;
};

Queue& queue() {
  thread_local Queue own;
  return own;
}

int flush_one(int descriptor) {
  return ::fsync(descriptor) == 0 || is_no_error(errno) ? 0 : errno;
}

int flush_some(std::span<const int> descriptors) {
  std::vector<iocb> requests(descriptors.size());
  for (size_t i = 0; i < descriptors.size(); ++i) {
    requests[i].aio_fildes = static_cast<__u32>(descriptors[i]);
    requests[i].aio_lio_opcode = IOCB_CMD_FSYNC;
  }
  const size_t taken = queue().begin(requests);
  int code = 0;
  for (const int descriptor : descriptors.subspan(taken)) {
    if (const int failed = flush_one(descriptor); failed != 0) code = failed;
  }
  const int waited = taken == 0 ? 0 : queue().wait(taken);
  return waited != 0 ? waited : code;
}

}  // namespace

int flush_to_disk(std::span<const int> descriptors) {
  if (descriptors.size() == 1) return flush_one(descriptors[0]);
  for (size_t at = 0; at < descriptors.size(); at += Queue::most) {
    const auto some = descriptors.subspan(at, std::min(descriptors.size() - at, static_cast<size_t>(Queue::most)));
    if (const int code = flush_some(some); code != 0) return code;
  }
  return 0;
}

}  // namespace voxlake::lake
