#include "lake/table_state.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "lake/data_file_reader.h"
#include "lake/delta_checkpoint.h"
#include "lake/delta_schema.h"

namespace voxlake::lake {

namespace {

constexpr size_t version_digits = 20;
constexpr int64_t default_checkpoint_interval = 10;
/// How long a tombstone is kept for those who clean up (delta.deletedFileRetentionDuration's default).
constexpr int64_t tombstone_retention_ms = int64_t{7} * 24 * 60 * 60 * 1000;

std::string log_folder(const std::string& table) {
  return table + "/_delta_log";
}

std::string version_name(int64_t version) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%020lld", static_cast<long long>(version));
  return digits;
}

/// A checkpoint, which may be in several parts.
struct Checkpoint {
  int64_t version = -1;
  int64_t parts = 1;
};

std::vector<std::string> checkpoint_paths(const std::string& table, const Checkpoint& checkpoint) {
  std::string stem = log_folder(table) + "/" + version_name(checkpoint.version) + ".checkpoint";
  if (checkpoint.parts == 1) return {stem + ".parquet"};
  std::vector<std::string> paths;
  for (int64_t part = 1; part <= checkpoint.parts; ++part) {
    char numbers[48];
    std::snprintf(numbers, sizeof numbers, ".%010lld.%010lld", static_cast<long long>(part), static_cast<long long>(checkpoint.parts));
    paths.push_back(stem + numbers + ".parquet");
  }
  return paths;
}

/// Replays actions over a state.
class Replay {
 public:
  explicit Replay(Table::State start) : state_(std::move(start)) {
    for (size_t i = 0; i < state_.adds.size(); ++i) index_[state_.adds[i]->path] = i;
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
        state_.adds[found->second] = nullptr;
        index_.erase(found);
      }
      state_.tombstones[remove.path] = std::move(remove);
    }
    for (auto& add : actions.adds) {
      state_.tombstones.erase(add.path);
      auto shared = std::make_shared<const delta::AddFile>(std::move(add));
      auto [found, fresh] = index_.try_emplace(shared->path, state_.adds.size());
      if (fresh) {
        state_.adds.push_back(std::move(shared));
      } else {
        state_.adds[found->second] = std::move(shared);  // the same file restated, with other statistics
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
  Status list_files(const std::shared_ptr<Storage>& storage, const std::string& table) {
    std::unordered_map<std::string, int64_t> known;  // rows that were counted from footers before
    for (const DataFile& file : state_.files) known[file.path] = file.rows;
    std::erase(state_.adds, nullptr);
    state_.files.clear();
    state_.files.reserve(state_.adds.size());
    state_.rows = 0;
    for (const auto& add : state_.adds) {
      DataFile file{add->path, add->bytes, 0};
      if (auto before = known.find(add->path); before != known.end()) {
        file.rows = before->second;
      } else if (auto count = delta::record_count(add->stats)) {
        file.rows = *count;
      } else {
        VOXLAKE_ASSIGN(file.rows, count_rows(storage, table + "/" + add->path, add->bytes));
      }
      state_.rows += file.rows;
      state_.files.push_back(std::move(file));
    }
    return {};
  }

  Table::State state_;
  std::unordered_map<std::string, size_t> index_;  ///< path → place in adds
  bool metadata_changed_ = false;
  bool has_metadata_ = false;
};

/// What `_last_checkpoint` says; nothing where it is absent or unreadable, for it is only a hint.
std::optional<Checkpoint> last_checkpoint_hint(Storage& storage, const std::string& table) {
  Result<std::string> text = storage.read(log_folder(table) + "/_last_checkpoint");
  if (!text) return std::nullopt;
  auto object = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("version") || !object["version"].is_number_integer()) return std::nullopt;
  Checkpoint checkpoint{object["version"].get<int64_t>(), 1};
  if (object.contains("parts") && object["parts"].is_number_integer()) checkpoint.parts = object["parts"].get<int64_t>();
  if (checkpoint.version < 0 || checkpoint.parts < 1 || checkpoint.parts > 100'000) return std::nullopt;
  return checkpoint;
}

/// What the names in a log's folder tell.
struct LogListing {
  std::optional<int64_t> first_commit;
  std::optional<Checkpoint> checkpoint;  ///< the newest complete one not past the wanted version
};

std::optional<int64_t> leading_version(std::string_view name) {
  int64_t version = 0;
  if (name.size() <= version_digits) return std::nullopt;
  auto [end, error] = std::from_chars(name.data(), name.data() + version_digits, version);
  if (error != std::errc() || end != name.data() + version_digits) return std::nullopt;
  return version;
}

Result<LogListing> list_log(Storage& storage, const std::string& table, std::optional<int64_t> newest) {
  VOXLAKE_ASSIGN(auto files, storage.list(log_folder(table)));
  LogListing listing;
  std::map<std::pair<int64_t, int64_t>, int64_t> parts_found;
  for (const FileInfo& file : files) {
    std::string_view name = std::string_view(file.path).substr(log_folder(table).size() + 1);
    auto version = leading_version(name);
    if (!version || (newest && *version > *newest)) continue;
    std::string_view rest = name.substr(version_digits);
    if (rest == ".json") {
      if (!listing.first_commit) listing.first_commit = *version;
    } else if (rest == ".checkpoint.parquet") {
      listing.checkpoint = Checkpoint{*version, 1};
    } else if (rest.starts_with(".checkpoint.") && rest.ends_with(".parquet") && rest.size() == 41) {
      int64_t parts = 0;
      std::from_chars(rest.data() + 23, rest.data() + 33, parts);
      if (++parts_found[{*version, parts}] == parts) listing.checkpoint = Checkpoint{*version, parts};
    }
  }
  return listing;
}

Status apply_checkpoint(Replay& replay, const std::shared_ptr<Storage>& storage, const std::string& table, const Checkpoint& checkpoint) {
  for (const std::string& path : checkpoint_paths(table, checkpoint)) {
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
    const std::string path = commit_path(table, version + 1);
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
  std::optional<Checkpoint> hint = last_checkpoint_hint(*storage, table);
  if (hint && (!wanted || hint->version <= *wanted)) {
    Status applied = apply_checkpoint(replay, storage, table, *hint);
    if (applied) return hint->version;
    // The hint may name a checkpoint that was cleaned away: then the folder's listing decides.
    if (applied.error().kind != ErrorKind::not_found) return propagate(applied);
    replay = Replay({});
  }
  VOXLAKE_ASSIGN(LogListing listing, list_log(*storage, table, wanted));
  if (listing.checkpoint) {
    VOXLAKE_TRY(apply_checkpoint(replay, storage, table, *listing.checkpoint));
    return listing.checkpoint->version;
  }
  if (!listing.first_commit) return failure(ErrorKind::not_found, "there is no table at " + storage->address(table));
  if (*listing.first_commit != 0) {
    return failure(ErrorKind::not_found, "cannot read the table " + table + ": its log begins at version " +
                                             std::to_string(*listing.first_commit) + " and no checkpoint covers what was before");
  }
  return -1;
}

std::string last_checkpoint_text(int64_t version, size_t actions, size_t bytes, size_t adds) {
  nlohmann::ordered_json object = {{"version", version}, {"size", actions}, {"sizeInBytes", bytes}, {"numOfAddFiles", adds}};
  return object.dump();
}

int64_t checkpoint_interval(const delta::Metadata& metadata) {
  auto found = metadata.configuration.find("delta.checkpointInterval");
  int64_t interval = default_checkpoint_interval;
  if (found != metadata.configuration.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), interval);
  }
  return std::max<int64_t>(interval, 1);
}

delta::Actions checkpoint_actions(const Table::State& state, int64_t now_ms) {
  delta::Actions actions;
  actions.protocol = state.protocol;
  actions.metadata = state.metadata;
  for (const auto& [app_id, transaction] : state.transactions) actions.transactions.push_back(transaction);
  for (const auto& [path, remove] : state.tombstones) {
    if (remove.deleted_ms.value_or(0) > now_ms - tombstone_retention_ms) actions.removes.push_back(remove);
  }
  for (const auto& add : state.adds) actions.adds.push_back(*add);
  return actions;
}

Status write_checkpoint(Storage& storage, const std::string& table, const Table::State& state, int64_t now_ms) {
  delta::Actions actions = checkpoint_actions(state, now_ms);
  VOXLAKE_ASSIGN(std::string bytes, delta::encode_checkpoint(actions));
  VOXLAKE_TRY(storage.put(checkpoint_paths(table, {state.version, 1}).front(), bytes));
  size_t count = 2 + actions.transactions.size() + actions.removes.size() + actions.adds.size();
  return storage.put(log_folder(table) + "/_last_checkpoint",
                     last_checkpoint_text(state.version, count, bytes.size(), actions.adds.size()));
}

}  // namespace

std::string commit_path(const std::string& table, int64_t version) {
  return log_folder(table) + "/" + version_name(version) + ".json";
}

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
  Result<std::string> next = storage->read(commit_path(table, state->version + 1));
  if (!next && next.error().kind != ErrorKind::not_found) return propagate(next);
  if (!next) {
    // Nothing newer, unless so much is newer that the commit after ours was cleaned away.
    auto hint = last_checkpoint_hint(*storage, table);
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
                                                    int64_t now_ms) {
  int64_t since = state->version - std::max<int64_t>(state->checkpoint_version, 0);
  if (since < checkpoint_interval(state->metadata)) return state;
  // What a commit after this one would hit again must not fail this one, which is done.
  if (!write_checkpoint(storage, table, *state, now_ms)) return state;
  auto known = std::make_shared<Table::State>(*state);
  known->checkpoint_version = state->version;
  return known;
}

}  // namespace voxlake::lake
