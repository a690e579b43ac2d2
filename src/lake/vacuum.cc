#include "lake/vacuum.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "lake/delta_log.h"
#include "lake/table_state.h"

namespace voxlake::lake {

namespace {

/// After so many removals the log is asked again what the table has.
constexpr size_t removals_between_looks = 1000;

using Paths = std::unordered_set<std::string>;

void protect_live(const Table::State& state, Paths& kept) {
  for (const auto& add : state.adds) kept.insert(add->path);
}

/// The files that a reader may hold who opened the table at `cutoff_ms` or later: those of the version of that moment and all that were
/// added since. Where the log does not reach back so far, what its oldest version and its tombstones tell must do.
Result<std::shared_ptr<const Table::State>> protect(const std::shared_ptr<Storage>& storage, const std::string& table, int64_t cutoff_ms,
                                                    Paths& kept) {
  VOXLAKE_ASSIGN(const auto listing, delta::list_log(*storage, table));
  if (listing.commits.empty()) return failure(ErrorKind::not_found, "there is no table at " + storage->address(table));
  std::optional<int64_t> first = listing.oldest_version();
  if (const auto then = listing.commit_at(cutoff_ms)) first = then->version;
  VOXLAKE_ASSIGN(auto state, load_state(storage, table, first));
  protect_live(*state, kept);
  std::vector<delta::Actions> since;
  VOXLAKE_ASSIGN(state, refreshed_state(storage, table, state, &since));
  for (const auto& commit : since) {
    for (const auto& add : commit.adds) kept.insert(add.path);
  }
  protect_live(*state, kept);
  for (const auto& [path, tombstone] : state->tombstones) {
    if (tombstone.deleted_ms.value_or(0) >= cutoff_ms) kept.insert(path);
  }
  return state;
}

bool is_hidden(std::string_view path) {
  while (!path.empty()) {
    if (path.front() == '_' || path.front() == '.') return true;
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return false;
}

/// Removes a file unless somebody wrote it anew meanwhile; whether it is gone.
Result<bool> remove_if_old(Storage& storage, const FileInfo& file, int64_t cutoff_ms) {
  Result<FileInfo> now = storage.info(file.path);
  if (!now && now.error().kind == ErrorKind::not_found) return false;
  if (!now) return propagate(now);
  if (now->modified_ms >= cutoff_ms) return false;
  VOXLAKE_TRY(storage.remove(file.path));
  return true;
}

}  // namespace

Result<VacuumResult> vacuum(const std::shared_ptr<Storage>& storage, std::string path, const VacuumOptions& options) {
  VOXLAKE_ASSIGN(path, checked_path(path));
  const int64_t cutoff_ms = options.now_ms - options.retention_ms;
  // The files are listed before the log is read: one that is in the list, but was committed only after it was made, is in that log.
  VOXLAKE_ASSIGN(auto files, storage->list(path));
  Paths kept;
  VOXLAKE_ASSIGN(auto state, protect(storage, path, cutoff_ms, kept));
  VOXLAKE_TRY(delta::check_writable(state->protocol, state->metadata, path));
  VacuumResult result;
  std::vector<FileInfo> dead;
  for (FileInfo& file : files) {
    const std::string name = file.path.substr(path.size() + 1);
    if (is_hidden(name)) continue;
    if (kept.contains(name) || file.modified_ms >= cutoff_ms) {
      ++result.kept_files;
    } else {
      dead.push_back(std::move(file));
    }
  }
  for (size_t i = 0; i < dead.size(); ++i) {
    if (options.stop != nullptr && options.stop->load()) return failure(ErrorKind::cancelled, "interrupted");
    if (!options.dry_run) {
      if (i % removals_between_looks == 0) {
        VOXLAKE_ASSIGN(state, refreshed_state(storage, path, state));
        protect_live(*state, kept);
      }
      if (kept.contains(dead[i].path.substr(path.size() + 1))) continue;
      VOXLAKE_ASSIGN(const bool gone, remove_if_old(*storage, dead[i], cutoff_ms));
      if (!gone) continue;
    }
    result.bytes += dead[i].bytes;
    result.files.push_back(std::move(dead[i]));
  }
  return result;
}

}  // namespace voxlake::lake
