#include <filesystem>
#include <set>

#include "pipeline/ingest.h"

namespace voxlake::pipeline {
namespace {

bool was_copied(const lake::ArchiveRow& row) {
  return row.state != lake::ArchiveState::failed;
}

/// Whether the file that the row speaks of is there, and whole: somebody may have cleaned up.
bool is_in_bronze(const LakeState& state, const lake::ArchiveRow& row) {
  const auto file = state.bronze_files.find(row.path);
  return was_copied(row) && file != state.bronze_files.end() && file->second == row.bytes;
}

/// Features that are missing or stale while silver is as it should be are made from silver, not in this pass.
bool is_decoded(const LakeState& state, const lake::ArchiveRow& row, const std::string& fingerprint) {
  const auto decoded = state.silver.find(row.archive);
  return decoded != state.silver.end() && decoded->second == Stamp{row.sha256, fingerprint};
}

}  // namespace

std::vector<IngestItem> plan_ingest(const Context& context, const LakeState& state, const std::vector<corpus::ManifestRow>& manifest,
                                    const IngestStages& stages, bool manifest_is_whole) {
  const std::string fingerprint = silver_fingerprint(context);
  std::vector<IngestItem> items;
  std::set<std::string> named;
  const auto known_row = [&](const std::string& archive) -> std::optional<lake::ArchiveRow> {
    const auto found = state.archives.find(archive);
    if (found == state.archives.end()) return std::nullopt;
    return found->second;
  };
  for (const auto& row : manifest) {
    IngestItem item;
    item.archive = row.archive();
    if (!named.insert(item.archive).second) continue;
    item.file_name = row.file_name;
    item.known = known_row(item.archive);
    item.in_bronze = item.known && is_in_bronze(state, *item.known);
    if (stages.copy) {
      item.url = row.url();
      item.mirror = mirror_url(context.settings, row.relative_url);
      items.push_back(std::move(item));
    } else if (item.known && was_copied(*item.known)) {
      if (stages.decode && !is_decoded(state, *item.known, fingerprint)) items.push_back(std::move(item));
    }
  }
  if (!manifest_is_whole) return items;
  for (const auto& [archive, row] : state.archives) {
    if (named.count(archive) > 0 || !was_copied(row)) continue;
    const bool newly_gone = stages.copy && row.state == lake::ArchiveState::copied;
    if (!newly_gone && (!stages.decode || is_decoded(state, row, fingerprint))) continue;
    IngestItem item;
    item.archive = archive;
    item.file_name = std::filesystem::path(row.path).filename().string();
    item.gone = newly_gone;
    item.known = row;
    item.in_bronze = is_in_bronze(state, row);
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace voxlake::pipeline
