#include "functions/stages.h"

#include "pipeline/context.h"
#include "pipeline/discover_stage.h"
#include "pipeline/lake_status.h"
#include "pipeline/run.h"

namespace voxlake::functions {
namespace {

config::Settings settings_of(const config::Settings& configured, const Request& request) {
  config::Settings settings = configured;
  if (!request.corpus.empty() && request.corpus != configured.corpus) {
    settings.corpus = request.corpus;
    settings.name.clear();  // it is the configured corpus's
  }
  if (!request.name.empty()) settings.name = request.name;
  if (!request.set.empty()) settings.features_set = request.set;
  return settings;
}

Result<pipeline::Context> context_of(const config::Resolved& resolved, const Request& request, pipeline::Observer& observer,
                                     const std::atomic<bool>& stop) {
  VOXLAKE_ASSIGN(auto context, pipeline::make_context(settings_of(resolved.settings, request), observer, stop));
  context.grace = std::chrono::seconds(10);  // nobody waits at a prompt; an instance is given half a minute and more
  const bool is_named =
      !request.name.empty() || !request.corpus.empty() || resolved.origins.count("corpus") > 0 || resolved.origins.count("name") > 0;
  if (is_named || request.task == Task::discover) return context;
  VOXLAKE_ASSIGN(const auto corpus, pipeline::manifest_corpus(context));
  if (corpus) {
    context.corpus = corpus->name;
    context.settings.corpus = corpus->address;
  }
  return context;
}

void add_stages(const pipeline::RunSummary& summary, Json& stages) {
  for (const auto& stage : summary.stages) {
    Json one{{"stage", pipeline::to_string(stage.stage)},
             {"ran", stage.ran},
             {"in", stage.in},
             {"out", stage.out},
             {"unit", stage.unit},
             {"refused", stage.refused},
             {"seconds", stage.wall_seconds}};
    if (!stage.note.empty()) one["note"] = stage.note;
    stages.push_back(std::move(one));
  }
}

Result<pipeline::RunSummary> run(const pipeline::Context& context, const Request& request, Json& stages) {
  if (request.task == Task::discover) return pipeline::run_stage(context, pipeline::Stage::discover);
  if (request.task == Task::features) return pipeline::run_stage(context, pipeline::Stage::features, request.archives);
  VOXLAKE_ASSIGN(const auto adopted, pipeline::adopt(context, request.archives));
  add_stages(adopted, stages);
  if (context.stopping()) return pipeline::interrupted();
  return pipeline::run_stage(context, pipeline::Stage::decode, request.archives);
}

}  // namespace

Result<Json> perform_request(const config::Resolved& resolved, const Request& request, pipeline::Observer& observer,
                             const std::atomic<bool>& stop) {
  VOXLAKE_ASSIGN(const auto context, context_of(resolved, request, observer, stop));
  Json stages = Json::array();
  VOXLAKE_ASSIGN(const auto summary, run(context, request, stages));
  add_stages(summary, stages);
  return Json{{"corpus", context.corpus},   {"stages", std::move(stages)}, {"archives", summary.archives}, {"clips", summary.clips},
              {"windows", summary.windows}, {"rejects", summary.rejects},  {"seconds", summary.seconds}};
}

Result<Json> describe_lake(const config::Resolved& resolved, const Request& request) {
  pipeline::SilentObserver observer;
  const std::atomic<bool> stop{false};
  VOXLAKE_ASSIGN(const auto context, context_of(resolved, request, observer, stop));
  VOXLAKE_ASSIGN(const auto status, pipeline::read_lake_status(context));
  Json tables = Json::array();
  for (const auto& table : status.tables) {
    tables.push_back(
        {{"table", table.path}, {"version", table.version}, {"rows", table.rows}, {"files", table.files}, {"bytes", table.bytes}});
  }
  return Json{{"lake", context.settings.lake},
              {"corpus", context.corpus},
              {"tables", std::move(tables)},
              {"archives_to_decode", status.to_decode},
              {"archives_to_describe", status.to_describe},
              {"archives_failed", status.failed}};
}

}  // namespace voxlake::functions
