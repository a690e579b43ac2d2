#include "lake/fault_storage.h"

namespace voxlake::lake {

namespace {

tl::unexpected<Error> injected(std::string_view doing) {
  return failure(ErrorKind::io, "cannot " + std::string(doing) + ": a fault was injected");
}

}  // namespace

class FaultStorage::File final : public WritableFile {
 public:
  File(FaultStorage& storage, std::unique_ptr<WritableFile> inner) : storage_(storage), inner_(std::move(inner)) {}
  Status write(std::span<const std::byte> bytes) override {
    return storage_.changing("write", [&] { return inner_->write(bytes); });
  }
  Status close() override {
    return storage_.changing("close", [&] { return inner_->close(); });
  }

 private:
  FaultStorage& storage_;
  std::unique_ptr<WritableFile> inner_;
};

void FaultStorage::arm(Fault fault, int call) {
  std::lock_guard lock(mutex_);
  fault_ = fault;
  fault_call_ = call;
  calls_ = 0;
  dead_ = false;
}

int FaultStorage::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

void FaultStorage::before_put_if_absent(std::function<void(std::string_view path)> hook) {
  std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

Status FaultStorage::alive() const {
  std::lock_guard lock(mutex_);
  if (dead_) return failure(ErrorKind::io, "the store is dead: a fault was injected");
  return {};
}

Status FaultStorage::changing(std::string_view doing, const std::function<Status()>& change) {
  Fault fault = Fault::none;
  {
    std::lock_guard lock(mutex_);
    ++calls_;
    if (dead_) return injected(doing);
    if (calls_ == fault_call_) fault = fault_;
    dead_ = fault == Fault::die_before || fault == Fault::die_after;
  }
  if (fault == Fault::fail_before || fault == Fault::die_before) return injected(doing);
  Status status = change();
  if (fault == Fault::none || !status) return status;
  return injected(doing);
}

void FaultStorage::break_folder(std::string folder) {
  const std::lock_guard lock(mutex_);
  broken_ = std::move(folder) + "/";
}

Status FaultStorage::readable(std::string_view path) const {
  VOXLAKE_TRY(alive());
  const std::lock_guard lock(mutex_);
  if (!broken_.empty() && path.starts_with(broken_)) return failure(ErrorKind::io, "cannot read " + std::string(path) + ": it is broken");
  return {};
}

Result<std::string> FaultStorage::read(std::string_view path) {
  VOXLAKE_TRY(readable(path));
  return inner_->read(path);
}

Result<std::string> FaultStorage::read_range(std::string_view path, int64_t offset, int64_t length) {
  VOXLAKE_TRY(readable(path));
  return inner_->read_range(path, offset, length);
}

Result<FileInfo> FaultStorage::info(std::string_view path) {
  VOXLAKE_TRY(readable(path));
  return inner_->info(path);
}

Result<std::vector<FileInfo>> FaultStorage::list(std::string_view folder) {
  VOXLAKE_TRY(alive());
  return inner_->list(folder);
}

Result<std::unique_ptr<WritableFile>> FaultStorage::create(std::string_view path) {
  std::unique_ptr<WritableFile> inner;
  VOXLAKE_TRY(changing("create", [&]() -> Status {
    VOXLAKE_ASSIGN(inner, inner_->create(path));
    return {};
  }));
  return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, std::move(inner)));
}

Status FaultStorage::put(std::string_view path, std::string_view bytes) {
  return changing("put", [&] { return inner_->put(path, bytes); });
}

Status FaultStorage::put_if_absent(std::string_view path, std::string_view bytes) {
  std::function<void(std::string_view)> hook;
  {
    std::lock_guard lock(mutex_);
    hook = hook_;
  }
  if (hook) hook(path);
  return changing("put", [&] { return inner_->put_if_absent(path, bytes); });
}

Status FaultStorage::remove(std::string_view path) {
  return changing("remove", [&] { return inner_->remove(path); });
}

Result<bool> FaultStorage::remove_folder(std::string_view path) {
  bool done = false;
  VOXLAKE_TRY(changing("remove", [&]() -> Status {
    VOXLAKE_ASSIGN(done, inner_->remove_folder(path));
    return {};
  }));
  return done;
}

}  // namespace voxlake::lake
