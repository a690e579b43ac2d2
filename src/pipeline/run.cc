#include "pipeline/run.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "lake/schemas.h"
#include "pipeline/adopt_stage.h"
#include "pipeline/dataset_stage.h"
#include "pipeline/discover_stage.h"
#include "pipeline/feature_sets.h"
#include "pipeline/ingest.h"
#include "pipeline/lake_lock.h"
#include "pipeline/publish_stage.h"
#include "pipeline/refeature.h"
#include "pipeline/report_stage.h"
#include "pipeline/split_stage.h"

namespace voxlake::pipeline {
namespace {

using Manifest = std::vector<corpus::ManifestRow>;

Stage stage_named(const std::string& name) {
  for (Stage stage :
       {Stage::discover, Stage::copy, Stage::decode, Stage::features, Stage::split, Stage::dataset, Stage::publish, Stage::report}) {
    if (to_string(stage) == name) return stage;
  }
  return Stage::report;
}

/// The most memory that this process has held (VmHWM). Not getrusage's figure: that one goes on from before exec, and may be the parent's.
int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

/// A run in the making: what the stages report goes into its summary, and to the observer.
class Run {
 public:
  explicit Run(const Context& context) : context_(context), begin_(std::chrono::steady_clock::now()) {}

  Status add(Result<StageSummary> summary) {
    if (!summary) return propagate(summary);
    add_done(std::move(*summary));
    return {};
  }

  void add_done(StageSummary summary) {
    summary_.did_something = summary_.did_something || summary.ran;
    context_.observer->end(summary);
    summary_.stages.push_back(std::move(summary));
  }

  /// Reads the corpus; writes nothing.
  Result<Manifest> find() {
    context_.observer->begin(Stage::discover, -1);
    return find_archives(context_);
  }

  /// A manifest of the same archives at another address is news only to who asked for the manifest alone.
  Status keep_manifest(const Manifest& manifest, bool alone) {
    VOXLAKE_ASSIGN(const WrittenManifest written, write_manifest(context_, manifest));
    StageSummary summary;
    summary.stage = Stage::discover;
    summary.unit = "archives";
    summary.out = static_cast<int64_t>(manifest.size());
    summary.ran = alone && written.changed;
    summary.note = "manifest in " + std::to_string(written.chunks) + (written.chunks == 1 ? " chunk" : " chunks");
    summary.wall_seconds = summary.work_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    add_done(std::move(summary));
    return {};
  }

  /// Describes what silver has and gold lacks, then takes the manifest's archives through the pass. In this order a run that goes on after
  /// another was killed commits rows in the order of an undisturbed one.
  Status ingest_archives(Manifest manifest, const IngestStages& stages, const Archives& only = {}) {
    const bool whole = !limit(manifest);
    VOXLAKE_ASSIGN(LakeState state, read_lake_state(context_));
    StageSummary again;
    if (stages.features) {
      VOXLAKE_ASSIGN(again, describe_missing(state));
      if (again.ran) {
        VOXLAKE_ASSIGN(state, read_lake_state(context_));
      }
    }
    VOXLAKE_TRY(check_all_are_there(only, "in bronze", [&](const std::string& archive) { return was_copied(state, archive); }));
    auto items = plan_ingest(context_, state, manifest, stages, whole);
    if (!only.empty()) std::erase_if(items, [&](const IngestItem& item) { return only.count(item.archive) == 0; });
    VOXLAKE_ASSIGN(IngestSummary done, ingest(context_, state, items, stages));
    summary_.failed_archives = done.failed;
    summary_.did_something = summary_.did_something || done.commits > 0;
    if (stages.copy) {
      if (done.not_modified > 0) {
        done.copy.note += (done.copy.note.empty() ? "" : ", ") + std::to_string(done.not_modified) + " unchanged";
      }
      done.copy.ran = done.copy.out > 0;
      add_done(std::move(done.copy));
    }
    if (stages.decode) add_done(std::move(done.decode));
    if (stages.features) add_done(together(std::move(done.features), again));
    return {};
  }

  Status adopt(const Archives& only) {
    Manifest manifest;  // only for the addresses
    auto read = read_manifest(context_);
    const bool is_damaged = !read && read.error().kind == ErrorKind::corrupt_data;
    if (is_damaged) context_.observer->message(Level::warning, read.error().to_string());
    if (!read && !is_damaged && read.error().kind != ErrorKind::not_found) return propagate(read);
    if (read) manifest = std::move(*read);
    VOXLAKE_ASSIGN(const LakeState state, read_lake_state(context_));
    return add(adopt_bronze(context_, state, manifest, only));
  }

  Status describe_lake(const Archives& only) {
    VOXLAKE_ASSIGN(const LakeState state, read_lake_state(context_));
    VOXLAKE_TRY(check_all_are_there(only, "decoded", [&](const std::string& archive) { return state.silver.count(archive) > 0; }));
    VOXLAKE_TRY(check_silver_is_current(state));
    return add(describe_missing(state, only));
  }

  Status publish() { return add(publish_lake(context_)); }

  Status report() {
    context_.observer->begin(Stage::report, -1);
    VOXLAKE_TRY(count_lake());
    return add(write_report(context_, summary_));
  }

  Result<RunSummary> finish() {
    VOXLAKE_TRY(count_lake());
    return std::move(summary_);
  }

 private:
  /// Signals that were decoded at another rate, or trimmed otherwise, are not what the settings say that is to be described.
  Status check_silver_is_current(const LakeState& state) const {
    const std::string silver = silver_fingerprint(context_);
    const auto stale =
        std::count_if(state.silver.begin(), state.silver.end(), [&](const auto& entry) { return entry.second.fingerprint != silver; });
    if (stale == 0) return {};
    return failure(ErrorKind::invalid_argument,
                   std::to_string(stale) + " of " + std::to_string(state.silver.size()) +
                       " archives in silver were decoded with other settings than these (the set \"" + context_.settings.features_set +
                       "\" wants " + std::to_string(sample_rate(context_.settings)) + " Hz)",
                   "run `voxlake decode` with the same settings first, or `voxlake run`, which does both");
  }

  static bool was_copied(const LakeState& state, const std::string& archive) {
    const auto known = state.archives.find(archive);
    return known != state.archives.end() && known->second.state != lake::ArchiveState::failed;
  }

  template <typename IsThere>
  Status check_all_are_there(const Archives& only, const std::string& where, const IsThere& is_there) const {
    constexpr int64_t most_named = 5;
    int64_t missing = 0;
    std::string names;
    for (const auto& archive : only) {
      if (is_there(archive)) continue;
      if (++missing <= most_named) names += (names.empty() ? "" : ", ") + archive;
    }
    if (missing == 0) return {};
    if (missing > most_named) names += ", …";
    return failure(ErrorKind::not_found,
                   std::to_string(missing) + " of " + std::to_string(only.size()) + " archives are not " + where + ": " + names,
                   "check the names, and that they are of the corpus " + context_.corpus);
  }

  Result<StageSummary> describe_missing(const LakeState& state, const Archives& only = {}) const {
    auto archives = archives_without_features(context_, state);
    if (!only.empty()) std::erase_if(archives, [&](const std::string& archive) { return only.count(archive) == 0; });
    if (archives.empty()) {
      StageSummary nothing;
      nothing.stage = Stage::features;
      nothing.unit = "windows";
      return nothing;
    }
    VOXLAKE_ASSIGN(StageSummary summary, refeature(context_, state, archives));
    summary.note = std::to_string(archives.size()) + " archives described from silver";
    return summary;
  }

  static StageSummary together(StageSummary a, const StageSummary& b) {
    a.in += b.in;
    a.out += b.out;
    a.refused += b.refused;
    a.wall_seconds += b.wall_seconds;
    a.work_seconds += b.work_seconds;
    a.ran = a.ran || b.ran;
    a.note = b.note;
    return a;
  }

  /// Cuts the manifest to the configured limit; true when something was cut.
  bool limit(Manifest& manifest) const {
    const auto most = static_cast<size_t>(context_.settings.limit);
    if (most == 0 || manifest.size() <= most) return false;
    manifest.resize(most);
    return true;
  }

  Result<int64_t> table_rows(const std::string& path) const {
    VOXLAKE_ASSIGN(const auto table, open_if_present(context_, path));
    return table ? table->rows() : 0;
  }

  Status count_lake() {
    const std::string set = context_.feature_set->options().set;
    VOXLAKE_ASSIGN(summary_.dataset_rows, table_rows(lake::dataset_path(set)));
    VOXLAKE_ASSIGN(const LakeState state, read_lake_state(context_));
    summary_.clips = state.clips;
    summary_.windows = state.windows;
    summary_.rejects.clear();
    for (const auto& [archive, rows] : state.rejects) {
      for (const auto& row : rows) ++summary_.rejects[row.reason];
    }
    summary_.archives = std::count_if(state.archives.begin(), state.archives.end(),
                                      [](const auto& entry) { return entry.second.state != lake::ArchiveState::failed; });
    summary_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    summary_.peak_memory_bytes = peak_memory_bytes();
    return {};
  }

  const Context& context_;
  std::chrono::steady_clock::time_point begin_;
  RunSummary summary_;
};

}  // namespace

int64_t RunSummary::reject_count() const {
  int64_t count = 0;
  for (const auto& [reason, rows] : rejects) count += rows;
  return count;
}

Result<RunSummary> run_all(const Context& context) {
  const Stage until = stage_named(context.settings.until);
  Run run(context);
  VOXLAKE_ASSIGN(Manifest manifest, run.find());  // before the lake is touched: a wrong URL leaves nothing behind
  VOXLAKE_ASSIGN(const LakeLock lock, LakeLock::take(context.settings.lake, *context.storage));
  VOXLAKE_TRY(run.keep_manifest(manifest, /*alone=*/false));
  if (until >= Stage::copy) {
    VOXLAKE_TRY(run.ingest_archives(std::move(manifest), {true, until >= Stage::decode, until >= Stage::features}));
  }
  const auto interruptible = [&](Stage stage, auto&& work) -> Status {
    if (until < stage) return {};
    if (context.stopping()) return interrupted();
    return work();
  };
  VOXLAKE_TRY(interruptible(Stage::split, [&] { return run.add(split_speakers(context)); }));
  VOXLAKE_TRY(interruptible(Stage::dataset, [&] { return run.add(make_dataset(context)); }));
  VOXLAKE_TRY(interruptible(Stage::publish, [&] { return run.publish(); }));
  VOXLAKE_TRY(interruptible(Stage::report, [&] { return run.report(); }));
  return run.finish();
}

/// Reckons what is not known before it is fetched from the averages of what is in the lake.
static Status reckon(const Context& context, const LakeState& state, RunPlan& plan) {
  const auto copied = static_cast<int64_t>(state.bronze_files.size());
  int64_t bytes = 0;
  for (const auto& [path, size] : state.bronze_files) bytes += size;
  if (copied > 0) plan.bytes_to_copy = plan.to_copy * bytes / copied;
  VOXLAKE_ASSIGN(const auto utterances, open_if_present(context, lake::utterances_path));
  const auto decoded = static_cast<int64_t>(state.silver.size());
  if (utterances && decoded > 0) plan.clips_to_decode = plan.to_decode * utterances->rows() / decoded;
  VOXLAKE_ASSIGN(const auto features, open_if_present(context, lake::features_path(context.feature_set->options().set)));
  const auto described = static_cast<int64_t>(state.gold.size());
  if (features && described > 0) plan.windows_to_describe = plan.to_describe * features->rows() / described;
  return {};
}

Result<RunPlan> plan_all(const Context& context) {
  VOXLAKE_ASSIGN(Manifest manifest, find_archives(context));
  const auto most = static_cast<size_t>(context.settings.limit);
  if (most > 0 && manifest.size() > most) manifest.resize(most);
  VOXLAKE_ASSIGN(const LakeState state, read_lake_state(context));
  const std::string silver = silver_fingerprint(context);
  const auto missing = archives_without_features(context, state);
  RunPlan plan;
  plan.in_manifest = static_cast<int64_t>(manifest.size());
  for (const auto& row : manifest) {
    const auto known = state.archives.find(row.archive());
    const bool present = known != state.archives.end() && known->second.state != lake::ArchiveState::failed;
    if (!present) {
      ++plan.to_copy;
      ++plan.to_decode;
      ++plan.to_describe;
      continue;
    }
    ++plan.to_check;
    plan.bronze_bytes += known->second.bytes;
    const auto decoded = state.silver.find(row.archive());
    if (decoded == state.silver.end() || decoded->second != Stamp{known->second.sha256, silver}) {
      ++plan.to_decode;
      ++plan.to_describe;
    } else if (missing.count(row.archive()) > 0) {
      ++plan.to_describe;
    }
  }
  const Stage until = stage_named(context.settings.until);
  if (until < Stage::copy) plan.to_copy = plan.to_check = 0;
  if (until < Stage::decode) plan.to_decode = 0;
  if (until < Stage::features) plan.to_describe = 0;
  plan.makes_dataset = until >= Stage::dataset && (plan.to_describe > 0 || plan.to_decode > 0);
  VOXLAKE_TRY(reckon(context, state, plan));
  return plan;
}

/// A stage works on what is there: a mistyped lake is an error, not a new lake.
static Status check_there_is_a_lake(const Context& context) {
  for (const char* path : {lake::archives_path, lake::utterances_path}) {
    VOXLAKE_ASSIGN(const auto table, open_if_present(context, path));
    if (table) return {};
  }
  const auto manifest = context.storage->info(std::string(manifest_folder) + "/manifest.json");
  if (manifest) return {};
  return failure(ErrorKind::not_found, "there is no lake at " + context.settings.lake, "check --lake; `voxlake run` makes one");
}

Result<RunSummary> run_stage(const Context& context, Stage stage, const Archives& only) {
  Run run(context);
  Manifest manifest;
  if (stage == Stage::discover) {
    VOXLAKE_ASSIGN(manifest, run.find());
  } else if (stage == Stage::copy) {
    VOXLAKE_ASSIGN(manifest, read_manifest(context));
  } else {
    VOXLAKE_TRY(check_there_is_a_lake(context));
  }
  VOXLAKE_ASSIGN(const LakeLock lock, LakeLock::take(context.settings.lake, *context.storage));
  switch (stage) {
    case Stage::discover: VOXLAKE_TRY(run.keep_manifest(manifest, /*alone=*/true)); break;
    case Stage::copy: VOXLAKE_TRY(run.ingest_archives(std::move(manifest), {true, false, false})); break;
    case Stage::decode: VOXLAKE_TRY(run.ingest_archives({}, {false, true, false}, only)); break;
    case Stage::features: VOXLAKE_TRY(run.describe_lake(only)); break;
    case Stage::split: VOXLAKE_TRY(run.add(split_speakers(context))); break;
    case Stage::dataset:
      VOXLAKE_TRY(run.add(split_speakers(context)));
      VOXLAKE_TRY(run.add(make_dataset(context)));
      break;
    case Stage::publish: VOXLAKE_TRY(run.publish()); break;
    case Stage::report: VOXLAKE_TRY(run.report()); break;
  }
  return run.finish();
}

Result<RunSummary> adopt(const Context& context, const Archives& only) {
  Run run(context);
  for (const std::string folder : {"bronze/", "miscellaneous/failures/"}) {
    VOXLAKE_ASSIGN(const auto files, context.storage->list(folder + context.corpus));
    if (!files.empty()) break;
    if (folder == "bronze/") continue;
    return failure(ErrorKind::not_found, "there is nothing in bronze/" + context.corpus + " of " + context.settings.lake,
                   "check --lake and --name; archives belong into bronze/NAME/");
  }
  VOXLAKE_ASSIGN(const LakeLock lock, LakeLock::take(context.settings.lake, *context.storage));
  VOXLAKE_TRY(run.adopt(only));
  return run.finish();
}

}  // namespace voxlake::pipeline
