#include "lake/optimize.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>
#include <vector>

#include "lake/commit_identity.h"
#include "lake/commit_log.h"
#include "lake/data_file_reader.h"
#include "lake/data_file_writer.h"
#include "lake/table_state.h"

namespace voxlake::lake {

namespace {

using Add = std::shared_ptr<const delta::AddFile>;

/// Joining compresses: without the size of what went into a file, the next run would find it small again, and join it once more.
constexpr const char* joined_bytes_tag = "voxlake.joinedBytes";

int64_t planned_bytes(const delta::AddFile& file) {
  const auto tag = file.tags.find(joined_bytes_tag);
  int64_t bytes = 0;
  if (tag != file.tags.end()) std::from_chars(tag->second.data(), tag->second.data() + tag->second.size(), bytes);
  return std::max(bytes, file.bytes);
}

/// Files that become one.
struct Join {
  std::vector<Add> sources;
  std::vector<delta::AddFile> results;
  int64_t bytes = 0;          ///< of the sources
  int64_t planned_bytes = 0;  ///< of what ever went into them
};

/// Which files to join: those of up to half the target, in the table's order, up to the target each. A full join is then larger than half
/// the target, so that the next run leaves it alone.
std::vector<Join> plan_joins(const std::vector<Add>& files, int64_t target_bytes) {
  std::vector<Join> joins;
  Join open;
  auto close = [&] {
    if (open.sources.size() > 1) joins.push_back(std::move(open));
    open = {};
  };
  for (const Add& file : files) {
    const int64_t bytes = planned_bytes(*file);
    if (bytes > target_bytes / 2) continue;
    if (open.planned_bytes + bytes > target_bytes) close();
    open.planned_bytes += bytes;
    open.bytes += file->bytes;
    open.sources.push_back(file);
  }
  close();
  return joins;
}

/// One run over one table.
class Optimization {
 public:
  Optimization(std::shared_ptr<Storage> storage, std::string path, const OptimizeOptions& options)
      : storage_(std::move(storage)), path_(std::move(path)), options_(options), files_(storage_, path_) {}

  Result<OptimizeResult> run() {
    VOXLAKE_ASSIGN(state_, load_state(storage_, path_));
    VOXLAKE_TRY(delta::check_writable(state_->protocol, state_->metadata, path_));
    std::vector<Join> pending;
    int64_t pending_bytes = 0;
    for (Join& join : plan_joins(state_->adds, options_.target_bytes)) {
      if (options_.dry_run) {
        count(join, /*results=*/1, join.bytes);
        continue;
      }
      if (options_.stop != nullptr && options_.stop->load()) return failure(ErrorKind::cancelled, "interrupted");
      VOXLAKE_TRY(write(join));
      pending_bytes += join.bytes;
      pending.push_back(std::move(join));
      if (pending_bytes < options_.commit_bytes) continue;
      VOXLAKE_TRY(commit(std::move(pending)));
      pending.clear();
      pending_bytes = 0;
    }
    if (!pending.empty()) VOXLAKE_TRY(commit(std::move(pending)));
    result_.version = state_->version;
    return result_;
  }

 private:
  Status write(Join& join) {
    WriteOptions layout{std::numeric_limits<int64_t>::max(), options_.row_group_bytes, {}};
    const std::string salt = "optimize/" + std::to_string(state_->version);
    DataFileWriter writer(state_->schema, layout, [&](EncodedFile encoded) -> Status {
      VOXLAKE_ASSIGN(auto add, files_.store(std::move(encoded), salt));
      add.data_change = false;
      add.tags[joined_bytes_tag] = std::to_string(join.planned_bytes);
      join.results.push_back(std::move(add));
      return {};
    });
    for (const Add& source : join.sources) {
      VOXLAKE_TRY(scan_data_file(storage_, path_ + "/" + source->path, source->bytes, state_->schema,
                                 [&](const std::shared_ptr<arrow::RecordBatch>& batch) { return writer.append_all(*batch); }));
    }
    return writer.finish();
  }

  void count(const Join& join, size_t results, int64_t bytes) {
    result_.files_removed += static_cast<int64_t>(join.sources.size());
    result_.bytes_removed += join.bytes;
    result_.files_added += static_cast<int64_t>(results);
    result_.bytes_added += bytes;
  }

  /// The commit of those joins whose sources the table still has, all of them; the others are dropped from `joins`.
  delta::Actions plan_commit(std::vector<Join>& joins) {
    std::unordered_set<std::string_view> live;
    for (const Add& add : state_->adds) live.insert(add->path);
    delta::Actions actions;
    std::erase_if(joins, [&](const Join& join) {
      for (const Add& source : join.sources) {
        if (live.contains(source->path)) continue;
        result_.files_left_to_others += static_cast<int64_t>(join.sources.size());
        return true;
      }
      return false;
    });
    for (const Join& join : joins) {
      for (const Add& source : join.sources) actions.removes.push_back({source->path, log_time_ms(), false, source->bytes});
      actions.adds.insert(actions.adds.end(), join.results.begin(), join.results.end());
    }
    if (joins.empty()) return actions;
    actions.info = new_commit_info("OPTIMIZE", {{"targetSize", std::to_string(options_.target_bytes)}});
    tell_metrics(actions);
    return actions;
  }

  Status commit(std::vector<Join> joins) {
    for (int attempt = 0; attempt < attempts_at_most; ++attempt) {
      VOXLAKE_TRY(delta::check_writable(state_->protocol, state_->metadata, path_));
      const delta::Actions actions = plan_commit(joins);
      if (!actions.info) return {};
      VOXLAKE_ASSIGN(const bool published, files_.publish(actions, state_->version + 1));
      if (!published) {
        VOXLAKE_ASSIGN(state_, refreshed_state(storage_, path_, state_));
        continue;
      }
      VOXLAKE_ASSIGN(auto next, next_state(storage_, path_, *state_, actions));
      state_ = with_checkpoint(*storage_, path_, std::move(next), options_.retention, log_time_ms());
      ++result_.commits;
      for (const Join& join : joins) {
        int64_t bytes = 0;
        for (const auto& file : join.results) bytes += file.bytes;
        count(join, join.results.size(), bytes);
      }
      return {};
    }
    return failure(ErrorKind::conflict, "cannot optimize " + path_ + ": other writers were always faster", "try again");
  }

  std::shared_ptr<Storage> storage_;
  std::string path_;
  const OptimizeOptions& options_;
  std::shared_ptr<const Table::State> state_;
  NewDataFiles files_;  ///< written by this run
  OptimizeResult result_;
};

}  // namespace

Result<OptimizeResult> optimize(std::shared_ptr<Storage> storage, std::string path, const OptimizeOptions& options) {
  VOXLAKE_ASSIGN(path, checked_path(path));
  return Optimization(std::move(storage), std::move(path), options).run();
}

}  // namespace voxlake::lake
