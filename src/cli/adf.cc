#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "adf/export.h"
#include "adf/factory_options.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "factory/deployment.h"
#include "factory/runs.h"
#include "files/system_error.h"
#include "pipeline/azure_access.h"
#include "pipeline/context.h"

namespace voxlake::cli {
namespace {

constexpr size_t most_failures_shown = 20;

/// What every command about a factory needs.
struct Session {
  config::Settings settings;
  adf::FactoryOptions options;
  std::string path;  ///< of the factory
  azure::ResourceManager manager;

  std::string pipeline() const { return adf::Names(options.prefix).corpus; }
};

Result<adf::FactoryOptions> options_for(const config::Settings& settings) {
  return adf::factory_options(settings, pipeline::corpus_name(settings));
}

/// A run's id becomes a part of an address.
Status check_run(const std::string& run) {
  const bool good = run.size() <= 100 && std::all_of(run.begin(), run.end(), [](unsigned char c) { return std::isalnum(c) || c == '-'; });
  if (good) return {};
  return failure(ErrorKind::invalid_argument, "`" + run + "` is no run's id", "`voxlake adf status` lists the last runs");
}

Result<Session> open_session(const Invocation& invocation) {
  VOXLAKE_ASSIGN(const config::Resolved resolved, settings_for(invocation));
  const config::Settings& settings = resolved.settings;
  VOXLAKE_ASSIGN(adf::FactoryOptions options, options_for(settings));
  VOXLAKE_ASSIGN(std::string path, adf::factory_path(settings));
  VOXLAKE_ASSIGN(azure::Options azure, pipeline::identity_options(settings));
  VOXLAKE_ASSIGN(auto tokens, azure::TokenSource::create(azure));
  VOXLAKE_ASSIGN(auto manager, azure::ResourceManager::create(azure, settings.adf_endpoint, std::move(tokens)));
  return Session{settings, std::move(options), std::move(path), std::move(manager)};
}

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return files::system_failure(error.value(), "cannot make " + path.parent_path().string(), "check the path given with --output");
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) return failure(ErrorKind::io, "cannot write " + path.string(), "check the path given with --output");
  return {};
}

Status export_resources(const Invocation& invocation, const std::string& folder) {
  VOXLAKE_ASSIGN(const config::Resolved resolved, settings_for(invocation));
  VOXLAKE_ASSIGN(const adf::FactoryOptions options, options_for(resolved.settings));
  const auto resources = adf::make_resources(options);
  const std::filesystem::path root(folder);
  VOXLAKE_TRY(write_file(root / "template.json", adf::arm_template(resources).dump(2) + "\n"));
  for (const auto& [path, text] : adf::git_folder(resources)) VOXLAKE_TRY(write_file(root / "git" / path, text));
  std::printf("%zu resources: %s for `az deployment group create`, %s for a factory in Git mode\n", resources.size(),
              (root / "template.json").c_str(), (root / "git").c_str());
  return {};
}

const char* word_for(factory::Action action) {
  switch (action) {
    case factory::Action::create: return "create";
    case factory::Action::change: return "change";
    case factory::Action::keep: return "keep";
    case factory::Action::start: return "start";
    case factory::Action::unused: return "unused";
    case factory::Action::stop: break;
  }
  return "stop";
}

void print_step(const factory::Step& step) {
  std::printf("%-7s %-15s %s\n", word_for(step.action), std::string(adf::name_of(step.resource.kind)).c_str(), step.resource.name.c_str());
}

size_t count_changes(const std::vector<factory::Step>& steps) {
  size_t changes = 0;
  for (const auto& step : steps) changes += step.action == factory::Action::keep || step.action == factory::Action::unused ? 0 : 1;
  return changes;
}

Status print_plan(const Session& session) {
  VOXLAKE_ASSIGN(const auto steps, factory::plan(session.manager, session.path, session.options));
  for (const auto& step : steps) {
    print_step(step);
    for (const auto& difference : step.differences) {
      std::printf("          %s: %s -> %s\n", difference.path.c_str(),
                  difference.deployed.empty() ? "nothing" : difference.deployed.c_str(),
                  difference.wanted.empty() ? "nothing" : difference.wanted.c_str());
    }
  }
  const size_t changes = count_changes(steps);
  std::printf(changes == 0 ? "The factory is as it should be.\n" : "%zu of %zu to do: `voxlake adf deploy` does it.\n", changes,
              steps.size());
  if (!steps.empty() && steps.back().action == factory::Action::unused) {
    std::printf("What is unused stays: delete it in the factory when nothing else needs it.\n");
  }
  return {};
}

Status deploy_all(const Session& session) {
  VOXLAKE_ASSIGN(const auto steps, factory::plan(session.manager, session.path, session.options));
  const auto tell = [](const factory::Step& step) {
    if (step.action != factory::Action::keep) print_step(step);
    std::fflush(stdout);
  };
  VOXLAKE_TRY(factory::deploy(session.manager, session.path, session.options, steps, stop_requested(), tell));
  const size_t changes = count_changes(steps);
  std::printf(changes == 0 ? "Nothing to do: the factory is as it should be.\n" : "%zu of %zu resources changed.\n", changes, steps.size());
  return {};
}

void print_run(const factory::RunInfo& run) {
  std::printf("%s  %-10s  %s  %s\n", run.id.c_str(), std::string(factory::to_string(run.state)).c_str(), run.started.c_str(),
              run.ended.empty() ? "" : run.ended.c_str());
}

/// The closing words about a run, and its exit status.
int report_run(const factory::RunInfo& run, const factory::RunWatch& watch) {
  print_run(run);
  std::printf("%s archives copied (%s), %zu failed\n", grouped(watch.copied()).c_str(),
              byte_text(static_cast<double>(watch.bytes())).c_str(), watch.failed_copies().size());
  size_t shown = 0;
  for (const auto& failed : watch.failed_copies()) {
    if (shown++ == most_failures_shown) {
      std::printf("  and %zu more\n", watch.failed_copies().size() - most_failures_shown);
      break;
    }
    std::printf("  %s: %s\n", failed.file_name.c_str(), failed.why.c_str());
  }
  for (const auto& failed : watch.failed_activities()) {
    std::printf("  %s, %s: [%s] %s\n", failed.pipeline.c_str(), failed.activity.c_str(), failed.code.c_str(), failed.message.c_str());
  }
  if (run.state == factory::RunState::succeeded || !factory::has_ended(run.state)) return exit_done;
  if (run.state == factory::RunState::cancelled) {
    std::fprintf(stderr, "voxlake: the run was cancelled; `voxlake adf run` copies again\n");
    return exit_interrupted;
  }
  if (watch.only_archives_are_missing()) {
    std::fprintf(stderr, "voxlake: the run came to its end, but %zu archives could not be copied\n", watch.failed_copies().size());
    return exit_refused;
  }
  std::fprintf(stderr, "voxlake: the run failed: %s\n", run.message.c_str());
  return exit_failed;
}

/// Tells an observer of the copying, and of the activities around it.
class Follower {
 public:
  Follower(const factory::RunWatch& watch, pipeline::Observer& observer) : watch_(watch), observer_(observer) {}

  void tell(bool has_ended) {
    if (watch_.activity() != activity_) {
      activity_ = watch_.activity();
      observer_.message(pipeline::Level::info, activity_);
    }
    if (ended_) return;
    if (!begun_ && (watch_.expected() >= 0 || watch_.copied() > 0)) {
      observer_.begin(pipeline::Stage::copy, watch_.expected());
      begun_ = true;
    }
    if (!begun_) return;
    observer_.advance(pipeline::Stage::copy, watch_.copied(), watch_.bytes());
    if (has_ended || watch_.copying_has_ended()) end();
  }

 private:
  void end() {
    pipeline::StageSummary summary;
    summary.stage = pipeline::Stage::copy;
    summary.unit = "archives";
    summary.ran = true;
    summary.out = watch_.copied();
    summary.refused = static_cast<int64_t>(watch_.failed_copies().size());
    summary.bytes = watch_.bytes();
    summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    observer_.end(summary);
    ended_ = true;
  }

  const factory::RunWatch& watch_;
  pipeline::Observer& observer_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string activity_;
  bool begun_ = false;
  bool ended_ = false;
};

/// Waits for the run's end; nothing where the user does not want to.
Result<int> follow(const Session& session, const std::string& run, pipeline::Observer& observer) {
  factory::RunWatch watch(session.manager, session.path, run);
  Follower follower(watch, observer);
  for (;;) {
    VOXLAKE_ASSIGN(const factory::RunInfo info, watch.look());
    follower.tell(factory::has_ended(info.state));
    if (factory::has_ended(info.state)) return report_run(info, watch);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(session.options.poll_seconds);
    while (std::chrono::steady_clock::now() < until) {
      if (stop_requested()) {
        std::fprintf(stderr, "voxlake: the run goes on in Azure: `voxlake adf status %s`, or `voxlake adf cancel %s`\n", run.c_str(),
                     run.c_str());
        return exit_interrupted;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

Result<int> start_and_follow(const Invocation& invocation, bool waits) {
  VOXLAKE_ASSIGN(const Session session, open_session(invocation));
  VOXLAKE_ASSIGN(const std::string run, factory::start_run(session.manager, session.path, session.pipeline(), session.options.corpus));
  const auto observer = make_observer(session.settings, invocation.quiet);
  observer->message(pipeline::Level::info, "run " + run + " of " + session.pipeline());
  if (waits) return follow(session, run, *observer);
  std::printf("%s\n", run.c_str());
  return exit_done;
}

Result<int> show_status(const Invocation& invocation, const std::string& run) {
  VOXLAKE_TRY(check_run(run));
  VOXLAKE_ASSIGN(const Session session, open_session(invocation));
  if (!run.empty()) {
    factory::RunWatch watch(session.manager, session.path, run);
    VOXLAKE_ASSIGN(const factory::RunInfo info, watch.look());
    return report_run(info, watch);
  }
  VOXLAKE_ASSIGN(const auto runs, factory::recent_runs(session.manager, session.path, session.pipeline(), 45));
  for (const auto& each : runs) print_run(each);
  if (runs.empty()) std::printf("%s has not run in the last 45 days\n", session.pipeline().c_str());
  return exit_done;
}

int status_of(const Result<int>& outcome) {
  return outcome ? *outcome : report_error(outcome.error());
}

int status_of(const Status& outcome) {
  return outcome ? exit_done : report_error(outcome.error());
}

}  // namespace

int command_adf_export(const Invocation& invocation, const std::string& folder) {
  return status_of(export_resources(invocation, folder));
}

int command_adf_plan(const Invocation& invocation) {
  const auto session = open_session(invocation);
  return session ? status_of(print_plan(*session)) : report_error(session.error());
}

int command_adf_deploy(const Invocation& invocation) {
  const auto session = open_session(invocation);
  return session ? status_of(deploy_all(*session)) : report_error(session.error());
}

int command_adf_run(const Invocation& invocation, bool waits) {
  return status_of(start_and_follow(invocation, waits));
}

int command_adf_status(const Invocation& invocation, const std::string& run) {
  return status_of(show_status(invocation, run));
}

int command_adf_cancel(const Invocation& invocation, const std::string& run) {
  if (const Status good = check_run(run); !good) return report_error(good.error());
  const auto session = open_session(invocation);
  if (!session) return report_error(session.error());
  return status_of(factory::cancel_run(session->manager, session->path, run));
}

}  // namespace voxlake::cli
