#include "lake/history.h"

#include "lake/delta_log.h"

namespace voxlake::lake {

namespace {

HistoryEntry entry_of(const delta::LogEntry& commit, delta::Actions actions) {
  HistoryEntry entry;
  entry.version = commit.version;
  entry.time_ms = commit.time_ms;
  if (actions.info) entry.info = std::move(*actions.info);
  entry.changed_columns = actions.metadata.has_value();
  for (const auto& add : actions.adds) {
    ++entry.files_added;
    entry.bytes_added += add.bytes;
    entry.rows_added += delta::record_count(add.stats).value_or(0);
    entry.changed_rows = entry.changed_rows || add.data_change;
  }
  for (const auto& remove : actions.removes) {
    ++entry.files_removed;
    entry.bytes_removed += remove.bytes.value_or(0);
    entry.changed_rows = entry.changed_rows || remove.data_change;
  }
  return entry;
}

}  // namespace

Result<std::vector<HistoryEntry>> table_history(Storage& storage, const std::string& table, int64_t limit) {
  VOXLAKE_ASSIGN(const auto listing, delta::list_log(storage, table));
  if (listing.commits.empty()) return failure(ErrorKind::not_found, "there is no table at " + storage.address(table));
  std::vector<HistoryEntry> history;
  for (size_t i = listing.commits.size(); i > 0; --i) {
    if (limit > 0 && static_cast<int64_t>(history.size()) == limit) break;
    const std::string path = delta::commit_path(table, listing.commits[i - 1].version);
    Result<std::string> text = storage.read(path);
    if (!text && text.error().kind == ErrorKind::not_found) break;  // cleaned away just now
    if (!text) return propagate(text);
    VOXLAKE_ASSIGN(auto actions, delta::parse_json_lines(*text, path));
    history.push_back(entry_of(listing.commits[i - 1], std::move(actions)));
  }
  return history;
}

}  // namespace voxlake::lake
