#include "files/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "files/descriptor.h"
#include "files/system_error.h"

namespace voxlake::files {
namespace {

constexpr std::size_t piece_bytes = 256 << 10;

}  // namespace

Result<std::string> read_whole_file(const std::string& path, const std::string& what) {
  const auto failed = [&] { return system_failure(errno, std::string("cannot read ").append(what).append(" ").append(path)); };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.value() < 0) return failed();
  std::string bytes;
  for (;;) {
    const std::size_t held = bytes.size();
    bytes.resize(held + piece_bytes);
    const ssize_t count = ::read(file.value(), bytes.data() + held, piece_bytes);
    if (count < 0 && errno != EINTR) return failed();
    bytes.resize(held + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return bytes;
  }
}

}  // namespace voxlake::files
