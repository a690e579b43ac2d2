#include "lake/commit_log.h"

#include <algorithm>
#include <span>

#include "lake/commit_identity.h"
#include "lake/delta_log.h"

namespace voxlake::lake {

namespace {

/// Files are closed together: the more, the less the disk is waited for. Each holds a descriptor.
constexpr size_t open_at_most = 64;

Result<bool> is_ours(Storage& storage, const std::string& path, const std::string& id) {
  VOXLAKE_ASSIGN(std::string text, storage.read(path));
  VOXLAKE_ASSIGN(auto actions, delta::parse_json_lines(text, path));
  return actions.info && actions.info->transaction_id == id;
}

/// Calls `use` with piece after piece of a file.
template <typename Use>
Status each_piece(const EncodedFile& encoded, const Use& use) {
  constexpr size_t piece_bytes = size_t{4} << 20;
  for (const std::string& piece : encoded.pieces) VOXLAKE_TRY(use(std::as_bytes(std::span(piece))));
  for (std::span<const std::byte> rest = encoded.rest; !rest.empty();) {
    const auto piece = rest.first(std::min(rest.size(), piece_bytes));
    VOXLAKE_TRY(use(piece));
    encoded.rest.let_go();
    rest = rest.subspan(piece.size());
  }
  return {};
}

}  // namespace

std::vector<WritableFile*> NewDataFiles::open_files() const {
  std::vector<WritableFile*> files;
  for (const auto& file : open_) files.push_back(file.get());
  return files;
}

Result<delta::AddFile> NewDataFiles::store(EncodedFile encoded, std::string_view salt) {
  delta::AddFile add;
  DataFileName name;
  VOXLAKE_TRY(each_piece(encoded, [&](std::span<const std::byte> piece) -> Status {
    name.add(piece);
    return {};
  }));
  add.path = name.finish(stored_, salt);
  add.bytes = encoded.bytes;
  add.stats = std::move(encoded.stats);
  if (open_.size() >= open_at_most) {
    VOXLAKE_TRY(storage_->close_together(open_files()));
    open_.clear();
  }
  VOXLAKE_ASSIGN(auto file, storage_->create(table_ + "/" + add.path));
  VOXLAKE_TRY(each_piece(encoded, [&](std::span<const std::byte> piece) { return file->write(piece); }));
  VOXLAKE_TRY(file->begin_close());
  open_.push_back(std::move(file));
  ++stored_;
  add.modified_ms = log_time_ms();
  return add;
}

Result<delta::AddFile> NewDataFiles::store_again(const delta::AddFile& file, std::string_view salt) {
  VOXLAKE_ASSIGN(std::string bytes, storage_->read(table_ + "/" + file.path));
  delta::AddFile copy = file;
  DataFileName name;
  name.add(std::as_bytes(std::span(bytes)));
  copy.path = name.finish(stored_, std::string(salt) + unique_id());
  VOXLAKE_TRY(storage_->put(table_ + "/" + copy.path, bytes));
  ++stored_;
  return copy;
}

Result<bool> NewDataFiles::publish(const delta::Actions& actions, int64_t version) {
  const std::string path = delta::commit_path(table_, version);
  Status put = storage_->put_if_absent_after(open_files(), path, to_json_lines(actions));
  if (put || put.error().kind == ErrorKind::already_exists) open_.clear();
  if (put) return true;
  // An answer may be lost on its way, and a client below us may have tried twice: the log says whose commit it is.
  Result<bool> ours = is_ours(*storage_, path, actions.info->transaction_id);
  if (ours && *ours) return true;
  if (put.error().kind == ErrorKind::already_exists) return false;
  return propagate(put);
}

void tell_metrics(delta::Actions& actions) {
  int64_t rows = 0, added_bytes = 0, removed_bytes = 0;
  for (const auto& add : actions.adds) {
    rows += delta::record_count(add.stats).value_or(0);
    added_bytes += add.bytes;
  }
  for (const auto& remove : actions.removes) removed_bytes += remove.bytes.value_or(0);
  auto& metrics = actions.info->metrics;
  metrics["numAddedFiles"] = std::to_string(actions.adds.size());
  metrics["numRemovedFiles"] = std::to_string(actions.removes.size());
  metrics["numOutputRows"] = std::to_string(rows);
  metrics["numAddedBytes"] = std::to_string(added_bytes);
  metrics["numRemovedBytes"] = std::to_string(removed_bytes);
}

}  // namespace voxlake::lake
