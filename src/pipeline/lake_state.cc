#include "pipeline/lake_state.h"

#include <arrow/api.h>

#include <set>

#include "lake/schemas.h"

namespace voxlake::pipeline {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

std::string_view text_at(const arrow::RecordBatch& batch, const char* column, int64_t row) {
  return static_cast<const arrow::StringArray&>(*batch.GetColumnByName(column)).GetView(row);
}

/// Collects the stamps of a table's rows by archive, and counts the rows. An archive whose rows differ in their stamps gets an empty one:
/// it is stale.
Status read_stamps(const lake::Table& table, const std::string& corpus, std::map<std::string, Stamp>& stamps, int64_t& rows) {
  return table.scan({"corpus", "archive", "archive_sha256", "fingerprint"}, [&](const Batch& batch) -> Status {
    std::string last_archive;
    Stamp* last = nullptr;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (text_at(*batch, "corpus", row) != corpus) continue;
      ++rows;
      const std::string_view archive = text_at(*batch, "archive", row);
      const std::string_view sha256 = text_at(*batch, "archive_sha256", row);
      const std::string_view fingerprint = text_at(*batch, "fingerprint", row);
      if (last == nullptr || archive != last_archive) {
        last_archive = archive;
        last = &stamps.try_emplace(last_archive, Stamp{std::string(sha256), std::string(fingerprint)}).first->second;
      }
      if (last->archive_sha256 != sha256 || last->fingerprint != fingerprint) *last = Stamp{};
    }
    return {};
  });
}

Status read_archives(const lake::Table& table, const std::string& corpus, LakeState& state) {
  return table.scan({}, [&](const Batch& batch) -> Status {
    VOXLAKE_ASSIGN(auto rows, lake::archive_rows(*batch));
    for (auto& row : rows) {
      if (row.corpus == corpus) state.archives[row.archive] = std::move(row);
    }
    return {};
  });
}

Status read_rejects(const lake::Table& table, const std::string& corpus, LakeState& state) {
  return table.scan({}, [&](const Batch& batch) -> Status {
    VOXLAKE_ASSIGN(auto rows, lake::reject_rows(*batch));
    for (auto& row : rows) {
      if (row.corpus == corpus) state.rejects[row.archive].push_back(std::move(row));
    }
    return {};
  });
}

/// Archives that were decoded, or described, to nothing left only a reject to tell so.
void add_barren_archives(LakeState& state) {
  for (const auto& [archive, rows] : state.rejects) {
    for (const auto& row : rows) {
      if (row.member || !row.archive_sha256) continue;
      const Stamp stamp{*row.archive_sha256, row.fingerprint};
      if (row.reason == no_utterances) state.silver.try_emplace(archive, stamp);
      if (row.reason == no_windows) state.gold.try_emplace(archive, stamp);
    }
  }
}

}  // namespace

Result<std::optional<lake::Table>> open_if_present(const Context& context, const std::string& path) {
  auto table = lake::Table::open(context.storage, path);
  if (table) return std::optional<lake::Table>(std::move(*table));
  if (table.error().kind == ErrorKind::not_found) return std::optional<lake::Table>();
  return propagate(table);
}

Result<LakeState> read_lake_state(const Context& context) {
  LakeState state;
  VOXLAKE_ASSIGN(const auto archives, open_if_present(context, lake::archives_path));
  if (archives) VOXLAKE_TRY(read_archives(*archives, context.corpus, state));
  VOXLAKE_ASSIGN(const auto files, context.storage->list("bronze/" + context.corpus));
  for (const auto& file : files) state.bronze_files[file.path] = file.bytes;
  VOXLAKE_ASSIGN(const auto utterances, open_if_present(context, lake::utterances_path));
  if (utterances) VOXLAKE_TRY(read_stamps(*utterances, context.corpus, state.silver, state.clips));
  for (const auto& [archive, stamp] : state.silver) state.has_utterances[archive] = true;
  VOXLAKE_ASSIGN(const auto features, open_if_present(context, lake::features_path(context.feature_set->options().set)));
  if (features) VOXLAKE_TRY(read_stamps(*features, context.corpus, state.gold, state.windows));
  VOXLAKE_ASSIGN(const auto rejects, open_if_present(context, lake::rejects_path));
  if (rejects) VOXLAKE_TRY(read_rejects(*rejects, context.corpus, state));
  add_barren_archives(state);
  return state;
}

}  // namespace voxlake::pipeline
