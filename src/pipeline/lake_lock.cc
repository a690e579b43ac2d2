#include "pipeline/lake_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "files/system_error.h"

namespace voxlake::pipeline {

Result<LakeLock> LakeLock::take(const std::string& lake, lake::Storage& storage) {
  std::string folder = lake.rfind("file://", 0) == 0 ? lake.substr(7) : lake;
  if (folder.find("://") != std::string::npos) {
    LakeLock lock(-1);
    VOXLAKE_ASSIGN(lock.elsewhere_, storage.lock(".voxlake.lock"));
    return lock;
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return files::system_failure(error.value(), "cannot make the lake " + folder, "check that the folder is yours");
  const std::string path = folder + "/.voxlake.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const auto refuse = [&](int code) {
    if (file >= 0) ::close(file);
    return files::system_failure(code, "cannot write to the lake " + folder, "check that the folder is yours");
  };
  if (file < 0) return refuse(errno);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return refuse(errno);
    char holder[64] = {};
    const ssize_t count = ::pread(file, holder, sizeof holder - 1, 0);
    ::close(file);
    return failure(ErrorKind::conflict,
                   "another voxlake (process " + std::string(holder, count > 0 ? static_cast<size_t>(count) : 0) +
                       ") is working on the lake " + folder,
                   "wait for it to end, or use another lake");
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, self.data(), self.size(), 0) < 0) {
    return refuse(errno);
  }
  return LakeLock(file);
}

LakeLock::LakeLock(LakeLock&& other) noexcept : file_(other.file_), elsewhere_(std::move(other.elsewhere_)) {
  other.file_ = -1;
}

LakeLock::~LakeLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace voxlake::pipeline
