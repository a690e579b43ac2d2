#pragma once

#include <string>

#include "error/result.h"

namespace voxlake::pipeline {

/// Keeps a second run off a lake in a folder: an flock on a file, which the system takes back when its holder dies, however it dies.
class LakeLock {
 public:
  /// conflict, naming the other process, where somebody else holds it. `lake` is a folder (or file://…); others are not locked.
  static Result<LakeLock> take(const std::string& lake);
  ~LakeLock();
  LakeLock(LakeLock&& other) noexcept;
  LakeLock& operator=(LakeLock&&) = delete;

 private:
  explicit LakeLock(int file) : file_(file) {}
  int file_;
};

}  // namespace voxlake::pipeline
