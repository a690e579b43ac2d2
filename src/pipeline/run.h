#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// What a run did and what the lake holds after it.
struct RunSummary {
  std::vector<StageSummary> stages;
  bool did_something = false;  ///< false: everything was done already
  int64_t archives = 0;        ///< in bronze, of this corpus
  int64_t clips = 0;           ///< in silver, of this corpus
  int64_t windows = 0;         ///< in gold, of this corpus and the set in force
  int64_t dataset_rows = 0;
  std::map<std::string, int64_t> rejects;  ///< in silver, of this corpus, by reason
  int64_t failed_archives = 0;             ///< that could not be copied in this run
  double seconds = 0;
  int64_t peak_memory_bytes = 0;
  std::string report;  ///< where the report is; empty where none was asked for

  int64_t reject_count() const;
};

/// What a run would do.
struct RunPlan {
  int64_t in_manifest = 0;
  int64_t to_copy = 0;         ///< not in bronze yet
  int64_t to_check = 0;        ///< in bronze: asked whether they changed
  int64_t to_decode = 0;       ///< new ones included
  int64_t to_describe = 0;     ///< archives whose features are missing or stale, those to decode included
  bool makes_dataset = false;  ///< speakers are dealt, and the training table, warehouse and report are made anew
  int64_t bronze_bytes = 0;    ///< of archives that are there
  /// What the stages would touch, reckoned from the archives that are in the lake already; absent where there are none to reckon from.
  std::optional<int64_t> bytes_to_copy;
  std::optional<int64_t> clips_to_decode;
  std::optional<int64_t> windows_to_describe;
};

/// The whole flow, up to and including `settings.until`. The lake is locked meanwhile.
Result<RunSummary> run_all(const Context& context);
/// The plan of `run_all`, without changing anything.
Result<RunPlan> plan_all(const Context& context);

/// Archives by name (less .tgz); all where empty.
using Archives = std::set<std::string>;

/// One stage alone, on what is in the lake: what Airflow, Data Factory and Functions call. `only` is for decode and features: not_found,
/// before anything is done, where the lake has one of them not (for features: not decoded).
Result<RunSummary> run_stage(const Context& context, Stage stage, const Archives& only = {});

/// Registers archives that others put into bronze, as `voxlake copy --adopt` does: see adopt_stage.h. not_found where bronze has nothing of
/// this corpus.
Result<RunSummary> adopt(const Context& context, const Archives& only = {});

}  // namespace voxlake::pipeline
