#include "functions/operation_store.h"

namespace voxlake::functions {
namespace {

constexpr const char* folder = "miscellaneous/operations";
constexpr const char* ending = ".json";

std::string operation_path(const std::string& id) {
  return std::string(folder) + "/" + id + ending;
}

std::string claim_path(const std::string& id, int64_t attempt) {
  return std::string(folder) + "/" + id + ".attempt-" + std::to_string(attempt);
}

}  // namespace

template <typename Act>
auto OperationStore::with_lake(const Act& act) -> decltype(act(std::declval<lake::Storage&>())) {
  std::shared_ptr<lake::Storage> lake;
  {
    const std::lock_guard lock(mutex_);
    if (!lake_) {
      VOXLAKE_ASSIGN(lake_, open_());
    }
    lake = lake_;
  }
  auto outcome = act(*lake);
  if (!outcome && outcome.error().kind != ErrorKind::not_found && outcome.error().kind != ErrorKind::already_exists) {
    const std::lock_guard lock(mutex_);
    if (lake_ == lake) lake_.reset();
  }
  return outcome;
}

Status OperationStore::create(const Operation& operation) {
  return with_lake([&](lake::Storage& lake) { return lake.put_if_absent(operation_path(operation.id), to_text(operation)); });
}

Result<bool> OperationStore::claim(Operation& operation, int64_t stale_before_ms) {
  return with_lake([&](lake::Storage& lake) -> Result<bool> {
    for (int64_t attempt = operation.attempt + 1;; ++attempt) {
      const std::string path = claim_path(operation.id, attempt);
      auto made = lake.put_if_absent(path, operation.instance + "\n");
      if (made) {
        operation.attempt = attempt;
        return true;
      }
      if (made.error().kind != ErrorKind::already_exists) return propagate(made);
      VOXLAKE_ASSIGN(const auto info, lake.info(path));
      if (info.modified_ms >= stale_before_ms) return false;
    }
  });
}

Result<bool> OperationStore::is_superseded(const Operation& operation) {
  auto info = with_lake([&](lake::Storage& lake) { return lake.info(claim_path(operation.id, operation.attempt + 1)); });
  if (info) return true;
  if (info.error().kind == ErrorKind::not_found) return false;
  return propagate(info);
}

Status OperationStore::write(const Operation& operation) {
  return with_lake([&](lake::Storage& lake) { return lake.put(operation_path(operation.id), to_text(operation)); });
}

Result<Operation> OperationStore::read(const std::string& id) {
  VOXLAKE_ASSIGN(const std::string text, with_lake([&](lake::Storage& lake) { return lake.read(operation_path(id)); }));
  return read_operation(text);
}

Result<std::vector<OperationStore::Entry>> OperationStore::list() {
  VOXLAKE_ASSIGN(const auto files, with_lake([&](lake::Storage& lake) { return lake.list(folder); }));
  std::vector<Entry> entries;
  const size_t prefix = std::string_view(folder).size() + 1;
  for (const auto& file : files) {
    if (!file.path.ends_with(ending)) continue;
    std::string id = file.path.substr(prefix, file.path.size() - prefix - std::string_view(ending).size());
    if (is_operation_id(id)) entries.push_back({std::move(id), file.modified_ms});
  }
  return entries;
}

Status OperationStore::remove(const Operation& operation) {
  return with_lake([&](lake::Storage& lake) -> Status {
    for (int64_t attempt = 2; attempt <= operation.attempt; ++attempt) VOXLAKE_TRY(lake.remove(claim_path(operation.id, attempt)));
    return lake.remove(operation_path(operation.id));
  });
}

}  // namespace voxlake::functions
