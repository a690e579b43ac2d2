#include "pipeline/lake_status.h"

#include "lake/schemas.h"
#include "pipeline/lake_state.h"
#include "pipeline/refeature.h"

namespace voxlake::pipeline {

Result<LakeStatus> read_lake_status(const Context& context) {
  LakeStatus status;
  const std::string set = context.feature_set->options().set;
  for (const std::string& path : {std::string(lake::archives_path), std::string(lake::utterances_path), std::string(lake::speakers_path),
                                  std::string(lake::rejects_path), lake::features_path(set), lake::dataset_path(set)}) {
    VOXLAKE_ASSIGN(const auto table, open_if_present(context, path));
    if (!table) continue;
    int64_t bytes = 0;
    for (const auto& file : table->files()) bytes += file.bytes;
    status.tables.push_back({path, table->version(), table->rows(), static_cast<int64_t>(table->files().size()), bytes});
  }
  VOXLAKE_ASSIGN(const auto state, read_lake_state(context));
  const std::string silver = silver_fingerprint(context);
  for (const auto& [archive, row] : state.archives) {
    if (row.state == lake::ArchiveState::failed) {
      ++status.failed;
      continue;
    }
    const auto decoded = state.silver.find(archive);
    if (decoded == state.silver.end() || decoded->second != Stamp{row.sha256, silver}) ++status.to_decode;
  }
  status.to_describe = static_cast<int64_t>(archives_without_features(context, state).size());
  return status;
}

}  // namespace voxlake::pipeline
