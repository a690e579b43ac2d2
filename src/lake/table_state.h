#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/delta_actions.h"
#include "lake/table.h"

namespace voxlake::lake {

/// A property of tables whose older files lack columns that were added since.
inline constexpr const char* columns_added_property = "voxlake.columnsAdded";

/// A table at one version: what its log says up to there. Never changed once made.
struct Table::State {
  int64_t version = -1;
  delta::Protocol protocol;
  delta::Metadata metadata;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<DataFile> files;                              ///< in the order in which they were added
  std::vector<std::shared_ptr<const delta::AddFile>> adds;  ///< the same files
  std::map<std::string, delta::RemoveFile> tombstones;      ///< by path
  std::map<std::string, delta::Transaction, std::less<>> transactions;
  int64_t rows = 0;
  int64_t checkpoint_version = -1;  ///< of the newest checkpoint known, -1 for none
};

/// The state at `version`, or the newest one; not_found where there is no such table or version.
Result<std::shared_ptr<const Table::State>> load_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                       std::optional<int64_t> version = std::nullopt);
/// The newest state, given an older one: `state` itself where nothing was committed since. `seen`, where given, is told each commit read.
Result<std::shared_ptr<const Table::State>> refreshed_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                            const std::shared_ptr<const Table::State>& state,
                                                            std::vector<delta::Actions>* seen = nullptr);
/// The state after `actions`, committed as the next version.
Result<std::shared_ptr<const Table::State>> next_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                       const Table::State& state, const delta::Actions& actions);

/// Writes a checkpoint where one is due, and cleans up the log then; gives the state that knows it. A failure is no error of the commit,
/// which stands: a later commit tries again.
std::shared_ptr<const Table::State> with_checkpoint(Storage& storage, const std::string& table, std::shared_ptr<const Table::State> state,
                                                    const Retention& retention, int64_t now_ms);

}  // namespace voxlake::lake
