#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lake/storage.h"

namespace voxlake::lake {

/// What a FaultStorage does to its n-th changing call.
enum class Fault {
  none,
  fail_before,  ///< the call fails without an effect; later calls work
  fail_after,   ///< the call takes effect, yet says that it failed (an answer lost on the network); later calls work
  die_before,   ///< as if the process had died before the call: it and all later calls fail, and nothing unclosed is ever seen
  die_after,    ///< as if the process had died after the call took effect: it says that it failed, and all later calls fail
};

/// A store in front of another one that goes wrong on demand, so that a test can stop a writer at every point between two changes.
/// The changing calls are counted from 1: create, write, close, put, put_if_absent, remove and remove_folder.
class FaultStorage final : public Storage {
 public:
  explicit FaultStorage(std::shared_ptr<Storage> inner) : inner_(std::move(inner)) {}

  /// From now on, the call number `call` (counted from this moment) meets `fault`.
  void arm(Fault fault, int call);
  /// Changing calls since `arm` or the making.
  int calls() const;
  /// From now on, what is below the folder can be neither read nor looked at: io.
  void break_folder(std::string folder);
  /// Called before each put_if_absent of a path, once it is known to go through: a test can let another writer go first.
  void before_put_if_absent(std::function<void(std::string_view path)> hook);

  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<FileInfo>> list(std::string_view folder) override;
  Result<std::unique_ptr<WritableFile>> create(std::string_view path) override;
  Status put(std::string_view path, std::string_view bytes) override;
  Status put_if_absent(std::string_view path, std::string_view bytes) override;
  Status remove(std::string_view path) override;
  Result<bool> remove_folder(std::string_view path) override;
  std::string address(std::string_view path) const override { return inner_->address(path); }
  Result<std::unique_ptr<StorageLock>> lock(std::string_view path) override { return inner_->lock(path); }
  std::optional<std::string> local_file(std::string_view path) const override { return inner_->local_file(path); }

 private:
  class File;
  /// Runs `change`, or what the fault makes of it.
  Status changing(std::string_view doing, const std::function<Status()>& change);
  Status alive() const;
  Status readable(std::string_view path) const;

  std::shared_ptr<Storage> inner_;
  mutable std::mutex mutex_;
  Fault fault_ = Fault::none;  ///< the rest is guarded by mutex_
  int fault_call_ = 0;
  int calls_ = 0;
  bool dead_ = false;
  std::string broken_;
  std::function<void(std::string_view)> hook_;
};

}  // namespace voxlake::lake
