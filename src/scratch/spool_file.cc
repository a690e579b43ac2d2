#include "scratch/spool_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "files/system_error.h"

namespace voxlake::scratch {
namespace {

/// /var/tmp rather than /tmp, which is memory on many machines.
std::string folder_of(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  if (const char* named = std::getenv("TMPDIR"); named != nullptr && *named != '\0') return named;
  struct stat found {};
  return ::stat("/var/tmp", &found) == 0 && S_ISDIR(found.st_mode) ? "/var/tmp" : "/tmp";
}

int open_nameless(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return descriptor;
  std::string pattern = folder + "/.voxlake-XXXXXX";  // a file system that knows no files without a name
  const int named = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(pattern.c_str());
  return named;
}

}  // namespace

tl::unexpected<Error> SpoolFile::failed(const char* doing) const {
  const int reason = errno;
  std::string remedy = "name another folder with --scratch";
  if (reason == ENOSPC) remedy = "make room there, or name another folder with --scratch";
  if (files::is_shortage(reason)) remedy = files::remedy_of(reason, {});
  return failure(ErrorKind::io, std::string("cannot ") + doing + " a scratch file in " + folder_ + ": " + std::strerror(reason),
                 std::move(remedy));
}

Result<SpoolFile> SpoolFile::create(const std::string& folder) {
  const std::string chosen = folder_of(folder);
  SpoolFile file(open_nameless(chosen), chosen);
  if (file.descriptor_ < 0) return file.failed("make");
  return file;
}

SpoolFile::~SpoolFile() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      folder_(std::move(other.folder_)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_size_(std::exchange(other.mapped_size_, 0)) {}

Status SpoolFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write");
    bytes = bytes.subspan(static_cast<size_t>(written));
    size_ += static_cast<size_t>(written);
  }
  return {};
}

Status SpoolFile::map() {
  if (mapped_ != nullptr || size_ == 0) return {};
  void* place = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
  if (place == MAP_FAILED) return failed("read");
  mapped_ = static_cast<std::byte*>(place);
  mapped_size_ = size_;
  return {};
}

void SpoolFile::let_go(size_t begin, size_t end) const {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t first = (begin + page - 1) / page * page;
  const size_t last = end >= mapped_size_ ? mapped_size_ : end / page * page;
  if (last > first) ::madvise(mapped_ + first, last - first, MADV_DONTNEED);  // a shared mapping: the file has them still
}

}  // namespace voxlake::scratch
