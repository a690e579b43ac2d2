#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "error/result.h"
#include "functions/operation.h"
#include "lake/storage.h"

namespace voxlake::functions {

/// Opens the lake. Called when it is first needed, and again after it failed: a key may have been changed meanwhile.
using OpenLake = std::function<Result<std::shared_ptr<lake::Storage>>()>;

/// The operations in the lake: miscellaneous/operations/ID.json, and ID.attempt-N for each attempt after the first. Thread safe, also among
/// processes: who makes a file first has it.
class OperationStore {
 public:
  explicit OperationStore(OpenLake open) : open_(std::move(open)) {}

  /// Keeps a new operation; already_exists where there is one of its id.
  Status create(const Operation& operation);
  /// Claims the next attempt for `operation.instance`, and sets `operation.attempt` to it. False where another instance was faster: its
  /// claim is not older than `stale_before_ms`. An older claim without a sign of life is a dead one's, and the attempt after it is claimed.
  Result<bool> claim(Operation& operation, int64_t stale_before_ms);
  /// Whether an attempt after `operation.attempt` was claimed: then it is somebody else's.
  Result<bool> is_superseded(const Operation& operation);
  /// Replaces what is kept of it.
  Status write(const Operation& operation);
  /// not_found where there is none of this id.
  Result<Operation> read(const std::string& id);
  /// The ids of all that are kept, and when each was written last.
  struct Entry {
    std::string id;
    int64_t modified_ms = 0;
  };
  Result<std::vector<Entry>> list();
  /// Removes it with its claims.
  Status remove(const Operation& operation);

 private:
  /// Runs `act` on the lake; after an error that may be the connection's the lake is opened anew the next time.
  template <typename Act>
  auto with_lake(const Act& act) -> decltype(act(std::declval<lake::Storage&>()));

  OpenLake open_;
  std::mutex mutex_;
  std::shared_ptr<lake::Storage> lake_;  ///< guarded by mutex_
};

}  // namespace voxlake::functions
