#include "pipeline/run.h"

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/summary.h"
#include "pipeline/context.h"

namespace voxlake::cli {
namespace {

int print_summary(const Result<pipeline::RunSummary>& summary, const config::Settings& settings) {
  if (!summary) return report_error(summary.error());
  const std::string text = settings.log == "json" ? summary_json(*summary, settings.lake) : summary_text(*summary, settings.lake);
  std::fputs(text.c_str(), stdout);
  return exit_done;
}

/// Whether one of the stages that ran refused something: a stage alone answers for itself only.
bool refused_now(const pipeline::RunSummary& summary) {
  return std::any_of(summary.stages.begin(), summary.stages.end(), [](const auto& stage) { return stage.refused > 0; });
}

}  // namespace

int command_run(const Invocation& invocation) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const config::Settings& settings = resolved->settings;
  const auto observer = make_observer(settings, invocation.quiet);
  const auto context = pipeline::make_context(settings, *observer, stop_requested());
  if (!context) return report_error(context.error());
  if (invocation.dry_run) {
    const auto plan = pipeline::plan_all(*context);
    if (!plan) return report_error(plan.error());
    std::fputs(plan_text(*plan, settings.lake).c_str(), stdout);
    return exit_done;
  }
  const auto summary = pipeline::run_all(*context);
  const int printed = print_summary(summary, settings);
  return printed == exit_done && summary->reject_count() > 0 ? exit_refused : printed;
}

int command_stage(const Invocation& invocation, pipeline::Stage stage) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const auto observer = make_observer(resolved->settings, invocation.quiet);
  auto context = pipeline::make_context(resolved->settings, *observer, stop_requested());
  if (!context) return report_error(context.error());
  if (stage != pipeline::Stage::discover) {
    const Status taken = take_corpus_of_lake(*resolved, *context);
    if (!taken) return report_error(taken.error());
  }
  const auto summary = invocation.adopt ? pipeline::adopt(*context) : pipeline::run_stage(*context, stage);
  const int printed = print_summary(summary, resolved->settings);
  return printed == exit_done && refused_now(*summary) ? exit_refused : printed;
}

}  // namespace voxlake::cli
