#pragma once

#include <memory>
#include <string>

#include "error/result.h"
#include "lake/storage.h"

namespace voxlake::pipeline {

/// Keeps a second run off a lake. In a folder: an flock on a file, which the system takes back when its holder dies, however it dies. In
/// Azure storage: a lease on a blob.
class LakeLock {
 public:
  /// conflict, naming the other process, where somebody else holds it. `lake` is a folder (or file://…); elsewhere `storage` locks.
  static Result<LakeLock> take(const std::string& lake, lake::Storage& storage);
  ~LakeLock();
  LakeLock(LakeLock&& other) noexcept;
  LakeLock& operator=(LakeLock&&) = delete;

 private:
  explicit LakeLock(int file) : file_(file) {}
  int file_;
  std::unique_ptr<lake::StorageLock> elsewhere_;
};

}  // namespace voxlake::pipeline
