#include "factory/runs.h"

#include <chrono>
#include <ctime>
#include <thread>
#include <tuple>

#include "error/json_number.h"

namespace voxlake::factory {
namespace {

using Json = azure::ResourceManager::Json;

constexpr int64_t overlap_seconds = 120;  ///< clocks differ, and the service's records come late
constexpr int64_t day_seconds = 86'400;

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string time_text(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc{};
  char text[32] = {};
  if (::gmtime_r(&time, &utc) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string text_at(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& member(const Json& object, const char* key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found != object.end() ? *found : nothing;
}

int64_t number_at(const Json& object, const char* key) {
  return whole_number(member(object, key)).value_or(0);
}

RunState state_named(const std::string& name) {
  for (const RunState state : {RunState::queued, RunState::in_progress, RunState::canceling, RunState::succeeded, RunState::failed}) {
    if (name == to_string(state)) return state;
  }
  return name == "Cancelled" || name == "Canceled" ? RunState::cancelled : RunState::in_progress;
}

RunInfo run_info(const Json& run) {
  return {text_at(run, "runId"),   text_at(run, "pipelineName"), state_named(text_at(run, "status")),
          text_at(run, "message"), text_at(run, "runStart"),     text_at(run, "runEnd")};
}

Json time_filter(int64_t from_seconds) {
  return {{"lastUpdatedAfter", time_text(from_seconds)}, {"lastUpdatedBefore", time_text(now_seconds() + day_seconds)}};
}

/// Containers fail because something in them did: that is told instead.
bool is_container(const std::string& type) {
  return type == "ForEach" || type == "IfCondition" || type == "Until" || type == "Switch" || type == "ExecutePipeline";
}

/// Resource Manager's remedy for what is not there speaks of the factory.
template <typename T>
Result<T> about_run(Result<T> answer) {
  if (!answer && answer.error().kind == ErrorKind::not_found) answer.error().remedy = "`voxlake adf status` lists the last runs";
  return answer;
}

}  // namespace

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::queued: return "Queued";
    case RunState::in_progress: return "InProgress";
    case RunState::canceling: return "Canceling";
    case RunState::succeeded: return "Succeeded";
    case RunState::failed: return "Failed";
    case RunState::cancelled: break;
  }
  return "Cancelled";
}

bool has_ended(RunState state) {
  return state == RunState::succeeded || state == RunState::failed || state == RunState::cancelled;
}

RunWatch::RunWatch(const azure::ResourceManager& manager, std::string factory_path, std::string run)
    : manager_(manager), path_(std::move(factory_path)), run_(std::move(run)) {}

Result<RunInfo> RunWatch::look() {
  VOXLAKE_ASSIGN(const Json run, about_run(manager_.get("cannot read the run " + run_, path_ + "/pipelineruns/" + run_)));
  const RunInfo info = run_info(run);
  VOXLAKE_TRY(read_activities(run_));
  // Runs that were started by runs, whose activities may start runs.
  std::set<std::string> read;
  for (bool found = true; found;) {
    found = false;
    const std::set<std::string> children = children_;
    for (const std::string& child : children) {
      if (ended_children_.count(child) > 0 || !read.insert(child).second) continue;
      VOXLAKE_ASSIGN(const Json inner, manager_.get("cannot read the run " + child, path_ + "/pipelineruns/" + child));
      VOXLAKE_TRY(read_activities(child));
      if (has_ended(run_info(inner).state)) ended_children_.insert(child);
      found = true;
    }
  }
  return info;
}

Status RunWatch::read_activities(const std::string& run) {
  const int64_t begin = now_seconds();
  const auto asked = asked_until_.find(run);
  // A service's day of records: a run is at most as long as its activities' timeouts, seven days.
  Json filter = time_filter(asked == asked_until_.end() ? begin - 8 * day_seconds : asked->second - overlap_seconds);
  for (;;) {
    VOXLAKE_ASSIGN(const Json page, manager_.post("cannot read what the run " + run + " did",
                                                  path_ + "/pipelineruns/" + run + "/queryActivityruns", filter));
    for (const Json& row : member(page, "value")) take(row);
    const std::string next = text_at(page, "continuationToken");
    if (next.empty()) break;
    filter["continuationToken"] = next;
  }
  asked_until_[run] = begin;
  return {};
}

void RunWatch::take(const Json& row) {
  if (const std::string child = text_at(member(row, "output"), "pipelineRunId"); !child.empty()) children_.insert(child);
  const std::string status = text_at(row, "status");
  if (text_at(row, "pipelineRunId") == run_) {
    const std::string name = text_at(row, "activityName"), began = text_at(row, "activityRunStart");
    if (began >= activity_began_) std::tie(activity_, activity_began_) = std::pair(name, began);
    if (name == "each_chunk" && !text_at(row, "activityRunEnd").empty()) copying_has_ended_ = true;
  }
  if (status != "Succeeded" && status != "Failed") return;
  if (!seen_.insert(text_at(row, "activityRunId")).second) return;
  take_ended(row, status);
}

void RunWatch::take_ended(const Json& row, const std::string& status) {
  const std::string type = text_at(row, "activityType");
  const Json& output = member(row, "output");
  if (status == "Failed") return take_failure(row, type);
  failed_.erase({text_at(row, "pipelineRunId"), text_at(row, "activityName")});
  if (type == "Copy") {
    ++copied_;
    bytes_ += number_at(output, "dataWritten");
  } else if (type == "Lookup" && text_at(row, "activityName") == "read_index") {
    int64_t rows = 0;
    for (const Json& chunk : member(output, "value")) rows += number_at(chunk, "Rows");
    if (rows > 0) expected_ = rows;
  } else if (type == "AppendVariable" && text_at(row, "activityName") == "note_failure") {
    // ["NAME.tgz", "why"], as copy_chunk_pipeline.cc writes it.
    const Json note = Json::parse(text_at(output, "value"), nullptr, /*allow_exceptions=*/false);
    if (note.is_array() && note.size() == 2 && note[0].is_string() && note[1].is_string()) {
      failed_copies_.push_back({note[0].get<std::string>(), note[1].get<std::string>()});
    }
  }
}

void RunWatch::take_failure(const Json& row, const std::string& type) {
  if (type == "Copy" || is_container(type)) return;
  const Json& error = member(row, "error");
  FailedActivity failed{text_at(row, "pipelineName"), text_at(row, "activityName"), text_at(error, "errorCode"), text_at(error, "message")};
  if (failed.code == "ArchivesMissing") {
    archives_missing_ = true;
    return;
  }
  failed_[{text_at(row, "pipelineRunId"), failed.activity}] = std::move(failed);
}

std::vector<FailedActivity> RunWatch::failed_activities() const {
  std::vector<FailedActivity> list;
  list.reserve(failed_.size());
  for (const auto& [key, failed] : failed_) list.push_back(failed);
  return list;
}

Result<std::string> start_run(const azure::ResourceManager& manager, const std::string& factory_path, const std::string& pipeline,
                              const std::string& corpus) {
  std::set<std::string> before;
  VOXLAKE_ASSIGN(const auto earlier, recent_runs(manager, factory_path, pipeline, 1));
  for (const RunInfo& run : earlier) before.insert(run.id);
  auto started = manager.post_once("cannot start the pipeline " + pipeline, factory_path + "/pipelines/" + pipeline + "/createRun",
                                   {{"corpus", corpus}});
  if (started) {
    const std::string id = text_at(*started, "runId");
    if (id.empty()) return failure(ErrorKind::network, "cannot start the pipeline " + pipeline + ": the answer names no run");
    return id;
  }
  if (started.error().kind != ErrorKind::conflict) return propagate(started);
  for (int look = 0; look < 3; ++look) {
    std::this_thread::sleep_for(std::chrono::seconds(look));
    VOXLAKE_ASSIGN(const auto now, recent_runs(manager, factory_path, pipeline, 1));
    for (const RunInfo& run : now) {
      if (before.count(run.id) == 0) return run.id;
    }
  }
  started.error().remedy = "`voxlake adf status` shows whether it was started all the same; if not, run the same command again";
  return propagate(started);
}

Result<std::vector<RunInfo>> recent_runs(const azure::ResourceManager& manager, const std::string& factory_path,
                                         const std::string& pipeline, double days) {
  Json filter = time_filter(now_seconds() - static_cast<int64_t>(days * day_seconds));
  filter["filters"] = Json::array({{{"operand", "PipelineName"}, {"operator", "Equals"}, {"values", Json::array({pipeline})}}});
  filter["orderBy"] = Json::array({{{"orderBy", "RunStart"}, {"order", "DESC"}}});
  VOXLAKE_ASSIGN(const Json page, manager.post("cannot list the runs of " + pipeline, factory_path + "/queryPipelineRuns", filter));
  std::vector<RunInfo> runs;
  for (const Json& run : member(page, "value")) runs.push_back(run_info(run));
  return runs;
}

Status cancel_run(const azure::ResourceManager& manager, const std::string& factory_path, const std::string& run) {
  const std::string address = factory_path + "/pipelineruns/" + run + "/cancel?isRecursive=true";
  VOXLAKE_TRY(about_run(manager.post("cannot cancel the run " + run, address, Json::object())));
  return {};
}

}  // namespace voxlake::factory
