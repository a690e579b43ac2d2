#include "lake/disk_flush.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace voxlake::lake {

namespace {

constexpr size_t most_threads = 8;

/// What file systems say that cannot flush a folder.
bool is_no_error(int code) {
  return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

}  // namespace

int flush_to_disk(std::span<const int> descriptors) {
  std::atomic<size_t> next = 0;
  std::atomic<int> failed = 0;
  const auto flush = [&] {
    for (size_t i = next++; i < descriptors.size(); i = next++) {
      if (::fsync(descriptors[i]) != 0 && !is_no_error(errno)) failed = errno;
    }
  };
  std::vector<std::jthread> threads;  // they wait, they do not compute
  try {
    for (size_t i = 1; i < std::min(descriptors.size(), most_threads); ++i) threads.emplace_back(flush);
  } catch (const std::system_error&) {
    // No more threads are to be had: those that there are do it.
  }
  flush();
  threads.clear();
  return failed;
}

}  // namespace voxlake::lake
