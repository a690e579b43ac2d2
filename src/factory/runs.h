#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "azure/resource_manager.h"
#include "error/result.h"

namespace voxlake::factory {

enum class RunState { queued, in_progress, canceling, succeeded, failed, cancelled };

std::string_view to_string(RunState state);
bool has_ended(RunState state);

/// A run of a pipeline, as the service tells.
struct RunInfo {
  std::string id;
  std::string pipeline;
  RunState state = RunState::queued;
  std::string message;
  std::string started;  ///< as the service writes it, UTC
  std::string ended;    ///< empty while it goes on
};

/// An archive that did not come, and why.
struct FailedCopy {
  std::string file_name;
  std::string why;
};

/// An activity other than a copy that failed.
struct FailedActivity {
  std::string pipeline;
  std::string activity;
  std::string code;
  std::string message;
};

/// Follows one run and the runs that it started: what was copied so far, and what failed.
class RunWatch {
 public:
  RunWatch(const azure::ResourceManager& manager, std::string factory_path, std::string run);

  /// Asks for the run, and for what its activities did since the last time.
  Result<RunInfo> look();

  /// The archives that the manifest lists, once the run has read its index; -1 before.
  int64_t expected() const { return expected_; }
  /// The activity of the run itself that is under way, or was last: discover, each_chunk, decode …; empty before the first.
  const std::string& activity() const { return activity_; }
  /// Whether all that can be copied was.
  bool copying_has_ended() const { return copying_has_ended_; }
  int64_t copied() const { return copied_; }
  int64_t bytes() const { return bytes_; }
  const std::vector<FailedCopy>& failed_copies() const { return failed_copies_; }
  /// That failed for good: a try that was followed by a better one is none.
  std::vector<FailedActivity> failed_activities() const;
  /// Whether archives that could not be copied are all that is wrong with a failed run.
  bool only_archives_are_missing() const { return archives_missing_ && failed_.empty(); }

 private:
  Status read_activities(const std::string& run);
  void take(const nlohmann::ordered_json& row);
  void take_ended(const nlohmann::ordered_json& row, const std::string& status);
  void take_failure(const nlohmann::ordered_json& row, const std::string& type);

  const azure::ResourceManager& manager_;
  const std::string path_;
  const std::string run_;
  std::map<std::string, int64_t> asked_until_;  ///< run to seconds since 1970
  std::set<std::string> children_;
  std::set<std::string> ended_children_;
  std::set<std::string> seen_;  ///< activity runs that have ended and were counted
  std::string activity_;
  std::string activity_began_;  ///< as the service writes it
  bool copying_has_ended_ = false;
  int64_t expected_ = -1;
  int64_t copied_ = 0;
  int64_t bytes_ = 0;
  std::vector<FailedCopy> failed_copies_;
  std::map<std::pair<std::string, std::string>, FailedActivity> failed_;  ///< by run and activity
  bool archives_missing_ = false;
};

/// Starts the pipeline. Its id. Where the service's answer was lost, the run that was started meanwhile is found and taken.
Result<std::string> start_run(const azure::ResourceManager& manager, const std::string& factory_path, const std::string& pipeline,
                              const std::string& corpus);
/// The runs of a pipeline in the last `days`, the newest first.
Result<std::vector<RunInfo>> recent_runs(const azure::ResourceManager& manager, const std::string& factory_path,
                                         const std::string& pipeline, double days);
/// Cancels the run and those that it started.
Status cancel_run(const azure::ResourceManager& manager, const std::string& factory_path, const std::string& run);

}  // namespace voxlake::factory
