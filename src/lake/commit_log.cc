#include "lake/commit_log.h"

#include <span>

#include "lake/commit_identity.h"
#include "lake/delta_log.h"

namespace voxlake::lake {

namespace {

Result<bool> is_ours(Storage& storage, const std::string& path, const std::string& id) {
  VOXLAKE_ASSIGN(std::string text, storage.read(path));
  VOXLAKE_ASSIGN(auto actions, delta::parse_json_lines(text, path));
  return actions.info && actions.info->transaction_id == id;
}

}  // namespace

Result<delta::AddFile> store_data_file(Storage& storage, const std::string& table, EncodedFile encoded, size_t place,
                                       std::string_view salt) {
  delta::AddFile add;
  add.path = data_file_name(place, encoded.pieces, salt);
  add.bytes = encoded.bytes;
  add.stats = std::move(encoded.stats);
  VOXLAKE_ASSIGN(auto file, storage.create(table + "/" + add.path));
  for (std::string& piece : encoded.pieces) {
    VOXLAKE_TRY(file->write(std::as_bytes(std::span(piece))));
    piece = {};
  }
  VOXLAKE_TRY(file->close());
  add.modified_ms = log_time_ms();
  return add;
}

Result<bool> publish_commit(Storage& storage, const std::string& table, const delta::Actions& actions, int64_t version) {
  const std::string path = delta::commit_path(table, version);
  Status put = storage.put_if_absent(path, to_json_lines(actions));
  if (put) return true;
  // An answer may be lost on its way, and a client below us may have tried twice: the log says whose commit it is.
  Result<bool> ours = is_ours(storage, path, actions.info->transaction_id);
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
