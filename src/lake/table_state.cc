#include "lake/table_state.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "lake/data_file_reader.h"
#include "lake/delta_checkpoint.h"
#include "lake/delta_log.h"
#include "lake/delta_schema.h"

namespace voxlake::lake {

namespace {

/// Replays actions over a state.
class Replay {
 public:
  explicit Replay(Table::State start) : state_(std::move(start)) {
    index_.reserve(state_.adds.size());
    for (size_t i = 0; i < state_.adds.size(); ++i) index_.emplace(state_.adds[i]->path, i);
  }

  void apply(delta::Actions actions) {
    if (actions.protocol) state_.protocol = std::move(*actions.protocol);
    if (actions.metadata) {
      metadata_changed_ = metadata_changed_ || state_.metadata.schema_string != actions.metadata->schema_string;
      state_.metadata = std::move(*actions.metadata);
      has_metadata_ = true;
    }
    for (auto& transaction : actions.transactions) state_.transactions[transaction.app_id] = transaction;
    for (auto& remove : actions.removes) {
      if (auto found = index_.find(remove.path); found != index_.end()) {
        const size_t place = found->second;
        index_.erase(found);  // its key is a part of what goes now
        state_.adds[place] = nullptr;
      }
      state_.tombstones[remove.path] = std::move(remove);
    }
    state_.adds.reserve(state_.adds.size() + actions.adds.size());
    index_.reserve(index_.size() + actions.adds.size());
    for (auto& add : actions.adds) {
      if (!state_.tombstones.empty()) state_.tombstones.erase(add.path);
      auto shared = std::make_shared<const delta::AddFile>(std::move(add));
      if (auto found = index_.find(shared->path); found != index_.end()) {
        replace(found->second, std::move(shared));
      } else {
        index_.emplace(shared->path, state_.adds.size());
        state_.adds.push_back(std::move(shared));
      }
    }
  }

  Result<std::shared_ptr<const Table::State>> finish(const std::shared_ptr<Storage>& storage, const std::string& table, int64_t version) {
    if (state_.schema == nullptr && !has_metadata_) {
      return failure(ErrorKind::corrupt_data, "cannot read the table " + table + ": its log has no metaData");
    }
    VOXLAKE_TRY(delta::check_readable(state_.protocol, state_.metadata, table));
    if (state_.schema == nullptr || metadata_changed_) {
      VOXLAKE_ASSIGN(state_.schema, delta::parse_schema_string(state_.metadata.schema_string, table));
    }
    state_.version = version;
    VOXLAKE_TRY(list_files(storage, table));
    return std::make_shared<const Table::State>(std::move(state_));
  }

  Table::State& state() { return state_; }

 private:
  /// The same file restated, with other statistics.
  void replace(size_t place, std::shared_ptr<const delta::AddFile> add) {
    index_.erase(add->path);
    if (place < state_.files.size()) state_.files[place].rows = unknown_rows;
    state_.adds[place] = std::move(add);
    index_.emplace(state_.adds[place]->path, place);
  }

  /// Brings `files` in line with `adds`: what was there keeps its count of rows.
  Status list_files(const std::shared_ptr<Storage>& storage, const std::string& table) {
    const size_t listed = state_.files.size();
    std::vector<DataFile>& files = state_.files;
    files.resize(state_.adds.size());
    size_t kept = 0;
    state_.rows = 0;
    for (size_t i = 0; i < state_.adds.size(); ++i) {
      if (state_.adds[i] == nullptr) continue;
      if (i < listed && files[i].rows != unknown_rows) {
        if (kept != i) files[kept] = std::move(files[i]);
      } else {
        VOXLAKE_ASSIGN(files[kept], listed_file(storage, table, *state_.adds[i]));
      }
      state_.rows += files[kept].rows;
      if (kept != i) state_.adds[kept] = std::move(state_.adds[i]);
      ++kept;
    }
    files.resize(kept);
    state_.adds.resize(kept);
    return {};
  }

  static Result<DataFile> listed_file(const std::shared_ptr<Storage>& storage, const std::string& table, const delta::AddFile& add) {
    DataFile file{add.path, add.bytes, 0};
    if (auto count = delta::record_count(add.stats)) {
      file.rows = *count;
    } else {
      VOXLAKE_ASSIGN(file.rows, count_rows(storage, table + "/" + add.path, add.bytes));
    }
    return file;
  }

  static constexpr int64_t unknown_rows = -1;
  Table::State state_;
  std::unordered_map<std::string_view, size_t> index_;  ///< path, which its AddFile keeps, to place in adds
  bool metadata_changed_ = false;
  bool has_metadata_ = false;
};

Status apply_checkpoint(Replay& replay, const std::shared_ptr<Storage>& storage, const std::string& table,
                        const delta::Checkpoint& checkpoint) {
  for (const std::string& path : delta::checkpoint_paths(table, checkpoint)) {
    VOXLAKE_ASSIGN(auto actions, delta::read_checkpoint(storage, path));
    replay.apply(std::move(actions));
  }
  replay.state().version = checkpoint.version;
  replay.state().checkpoint_version = checkpoint.version;
  return {};
}

/// Applies the commits after `version`, up to `until` or the newest; gives the last version applied.
Result<int64_t> apply_commits(Replay& replay, Storage& storage, const std::string& table, int64_t version, std::optional<int64_t> until,
                              std::vector<delta::Actions>* seen) {
  while (!until || version < *until) {
    const std::string path = delta::commit_path(table, version + 1);
    Result<std::string> text = storage.read(path);
    if (!text && text.error().kind == ErrorKind::not_found) break;
    if (!text) return propagate(text);
    VOXLAKE_ASSIGN(auto actions, delta::parse_json_lines(*text, path));
    if (seen != nullptr) seen->push_back(actions);
    replay.apply(std::move(actions));
    ++version;
  }
  return version;
}

/// Where to begin: the newest usable checkpoint, applied to `replay`; -1 where the log must be read from its first commit.
Result<int64_t> begin_replay(Replay& replay, const std::shared_ptr<Storage>& storage, const std::string& table,
                             std::optional<int64_t> wanted) {
  std::optional<delta::Checkpoint> hint = delta::last_checkpoint_hint(*storage, table);
  if (hint && (!wanted || hint->version <= *wanted)) {
    Status applied = apply_checkpoint(replay, storage, table, *hint);
    if (applied) return hint->version;
    // The hint may name a checkpoint that was cleaned away: then the folder's listing decides.
    if (applied.error().kind != ErrorKind::not_found) return propagate(applied);
    replay = Replay({});
  }
  VOXLAKE_ASSIGN(const delta::LogListing listing, delta::list_log(*storage, table));
  if (const auto checkpoint = listing.checkpoint_for(wanted)) {
    VOXLAKE_TRY(apply_checkpoint(replay, storage, table, *checkpoint));
    return checkpoint->version;
  }
  if (listing.commits.empty()) return failure(ErrorKind::not_found, "there is no table at " + storage->address(table));
  if (listing.commits.front().version == 0) return -1;
  if (wanted && listing.oldest_version()) {
    return failure(ErrorKind::not_found, "the table " + table + " no longer has version " + std::to_string(*wanted),
                   "its log was cleaned up: the oldest that it keeps is " + std::to_string(*listing.oldest_version()));
  }
  return failure(ErrorKind::not_found, "cannot read the table " + table + ": its log begins at version " +
                                           std::to_string(listing.commits.front().version) + " and no checkpoint covers what was before");
}

/// `retention_ms`: how long tombstones stay for those who clean up.
delta::Actions checkpoint_actions(const Table::State& state, int64_t now_ms, int64_t retention_ms) {
  delta::Actions actions;
  actions.protocol = state.protocol;
  actions.metadata = state.metadata;
  for (const auto& [app_id, transaction] : state.transactions) actions.transactions.push_back(transaction);
  for (const auto& [path, remove] : state.tombstones) {
    if (remove.deleted_ms.value_or(0) > now_ms - retention_ms) actions.removes.push_back(remove);
  }
  for (const auto& add : state.adds) actions.adds.push_back(*add);
  return actions;
}

Status write_checkpoint(Storage& storage, const std::string& table, const Table::State& state, int64_t now_ms, int64_t retention_ms) {
  delta::Actions actions = checkpoint_actions(state, now_ms, retention_ms);
  VOXLAKE_ASSIGN(std::string bytes, delta::encode_checkpoint(actions));
  const size_t count = 2 + actions.transactions.size() + actions.removes.size() + actions.adds.size();
  const std::string hint = delta::last_checkpoint_text(state.version, count, bytes.size(), actions.adds.size());
  VOXLAKE_ASSIGN(const auto checkpoint, storage.create(delta::checkpoint_paths(table, {state.version, 1}).front()));
  VOXLAKE_TRY(checkpoint->write(std::as_bytes(std::span(bytes))));
  VOXLAKE_ASSIGN(const auto last, storage.create(delta::last_checkpoint_path(table)));
  VOXLAKE_TRY(last->write(std::as_bytes(std::span(hint))));
  WritableFile* const both[] = {checkpoint.get(), last.get()};
  return storage.close_together(both);
}

}  // namespace

Result<std::shared_ptr<const Table::State>> load_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                       std::optional<int64_t> version) {
  Replay replay({});
  VOXLAKE_ASSIGN(int64_t start, begin_replay(replay, storage, table, version));
  VOXLAKE_ASSIGN(int64_t reached, apply_commits(replay, *storage, table, start, version, nullptr));
  if (version && reached != *version) {
    return failure(ErrorKind::not_found, "the table " + table + " has no version " + std::to_string(*version),
                   "its newest is " + std::to_string(reached));
  }
  return replay.finish(storage, table, reached);
}

Result<std::shared_ptr<const Table::State>> refreshed_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                            const std::shared_ptr<const Table::State>& state,
                                                            std::vector<delta::Actions>* seen) {
  Result<std::string> next = storage->read(delta::commit_path(table, state->version + 1));
  if (!next && next.error().kind != ErrorKind::not_found) return propagate(next);
  if (!next) {
    // Nothing newer, unless so much is newer that the commit after ours was cleaned away.
    auto hint = delta::last_checkpoint_hint(*storage, table);
    if (!hint || hint->version <= state->version) return state;
    return load_state(storage, table);
  }
  Replay replay(*state);
  VOXLAKE_ASSIGN(int64_t reached, apply_commits(replay, *storage, table, state->version, std::nullopt, seen));
  return replay.finish(storage, table, reached);
}

Result<std::shared_ptr<const Table::State>> next_state(const std::shared_ptr<Storage>& storage, const std::string& table,
                                                       const Table::State& state, const delta::Actions& actions) {
  Replay replay(state);
  replay.apply(actions);
  return replay.finish(storage, table, state.version + 1);
}

std::shared_ptr<const Table::State> with_checkpoint(Storage& storage, const std::string& table, std::shared_ptr<const Table::State> state,
                                                    const Retention& retention, int64_t now_ms) {
  int64_t since = state->version - std::max<int64_t>(state->checkpoint_version, 0);
  const TableProperties& properties = state->metadata.configuration;
  if (since < checkpoint_interval(properties)) return state;
  const Retention kept = retention_of(properties, retention);
  // What a commit after this one would hit again must not fail this one, which is done.
  if (!write_checkpoint(storage, table, *state, now_ms, kept.file_ms)) return state;
  auto known = std::make_shared<Table::State>(*state);
  known->checkpoint_version = state->version;
  if (cleans_log(properties)) (void)delta::clean_log(storage, table, kept.log_ms, now_ms);
  return known;
}

}  // namespace voxlake::lake
