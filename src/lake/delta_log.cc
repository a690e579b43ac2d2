#include "lake/delta_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace voxlake::lake::delta {

namespace {

constexpr size_t version_digits = 20;

std::string version_name(int64_t version) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%020lld", static_cast<long long>(version));
  return digits;
}

std::optional<int64_t> leading_version(std::string_view name) {
  int64_t version = 0;
  if (name.size() <= version_digits) return std::nullopt;
  auto [end, error] = std::from_chars(name.data(), name.data() + version_digits, version);
  if (error != std::errc() || end != name.data() + version_digits) return std::nullopt;
  return version;
}

/// The number of parts that the name of a checkpoint's part tells after its version: `.checkpoint.0000000001.0000000003.parquet`.
int64_t parts_of(std::string_view rest) {
  int64_t parts = 0;
  if (rest.starts_with(".checkpoint.") && rest.ends_with(".parquet") && rest.size() == 41) {
    std::from_chars(rest.data() + 23, rest.data() + 33, parts);
  }
  return parts;
}

/// A clock set back must not put a version before an older one.
void make_times_rise(std::vector<LogEntry>& commits) {
  for (size_t i = 1; i < commits.size(); ++i) commits[i].time_ms = std::max(commits[i].time_ms, commits[i - 1].time_ms);
}

}  // namespace

std::string log_folder(const std::string& table) {
  return table + "/_delta_log";
}

std::string commit_path(const std::string& table, int64_t version) {
  return log_folder(table) + "/" + version_name(version) + ".json";
}

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

std::optional<Checkpoint> LogListing::checkpoint_for(std::optional<int64_t> version) const {
  for (size_t i = checkpoints.size(); i > 0; --i) {
    if (!version || checkpoints[i - 1].version <= *version) return checkpoints[i - 1];
  }
  return std::nullopt;
}

std::optional<int64_t> LogListing::oldest_version() const {
  if (!commits.empty() && commits.front().version == 0) return 0;
  if (checkpoints.empty()) return std::nullopt;
  return checkpoints.front().version;
}

std::optional<LogEntry> LogListing::commit_at(int64_t time_ms) const {
  const auto oldest = oldest_version();
  if (!oldest) return std::nullopt;
  std::optional<LogEntry> found;
  for (const LogEntry& commit : commits) {
    if (commit.version >= *oldest && commit.time_ms <= time_ms) found = commit;
  }
  return found;
}

Result<LogListing> list_log(Storage& storage, const std::string& table) {
  const std::string folder = log_folder(table);
  VOXLAKE_ASSIGN(auto files, storage.list(folder));
  LogListing listing;
  std::map<std::pair<int64_t, int64_t>, int64_t> parts_found;
  for (FileInfo& file : files) {
    std::string_view name = std::string_view(file.path).substr(folder.size() + 1);
    auto version = leading_version(name);
    if (!version) continue;
    std::string_view rest = name.substr(version_digits);
    if (rest == ".json") {
      listing.commits.push_back({*version, file.modified_ms});
    } else if (rest == ".checkpoint.parquet") {
      listing.checkpoints.push_back({*version, 1});
    } else if (int64_t parts = parts_of(rest); parts > 0) {
      if (++parts_found[{*version, parts}] == parts) listing.checkpoints.push_back({*version, parts});
    } else {
      continue;
    }
    listing.files.push_back({*version, std::move(file.path)});
  }
  make_times_rise(listing.commits);
  return listing;
}

std::string last_checkpoint_path(const std::string& table) {
  return log_folder(table) + "/_last_checkpoint";
}

std::string last_checkpoint_text(int64_t version, size_t actions, size_t bytes, size_t adds) {
  nlohmann::ordered_json object = {{"version", version}, {"size", actions}, {"sizeInBytes", bytes}, {"numOfAddFiles", adds}};
  return object.dump();
}

std::optional<Checkpoint> last_checkpoint_hint(Storage& storage, const std::string& table) {
  Result<std::string> text = storage.read(last_checkpoint_path(table));
  if (!text) return std::nullopt;
  auto object = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("version") || !object["version"].is_number_integer()) return std::nullopt;
  Checkpoint checkpoint{object["version"].get<int64_t>(), 1};
  if (object.contains("parts") && object["parts"].is_number_integer()) checkpoint.parts = object["parts"].get<int64_t>();
  if (checkpoint.version < 0 || checkpoint.parts < 1 || checkpoint.parts > 100'000) return std::nullopt;
  return checkpoint;
}

Result<int64_t> clean_log(Storage& storage, const std::string& table, int64_t keep_ms, int64_t now_ms) {
  VOXLAKE_ASSIGN(const LogListing listing, list_log(storage, table));
  const auto expired = listing.commit_at(now_ms - keep_ms);
  if (!expired) return 0;
  const auto kept = listing.checkpoint_for(expired->version);
  if (!kept) return 0;
  int64_t removed = 0;
  for (const LogListing::File& file : listing.files) {
    if (file.version >= kept->version) continue;
    VOXLAKE_TRY(storage.remove(file.path));
    ++removed;
  }
  return removed;
}

}  // namespace voxlake::lake::delta
