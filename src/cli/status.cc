#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "lake/schemas.h"
#include "pipeline/context.h"
#include "pipeline/lake_state.h"
#include "pipeline/refeature.h"

namespace voxlake::cli {
namespace {

struct LakeStatus {
  nlohmann::ordered_json tables = nlohmann::ordered_json::array();
  int64_t to_decode = 0;
  int64_t to_describe = 0;
  int64_t failed = 0;
};

Result<LakeStatus> read_status(const pipeline::Context& context) {
  LakeStatus status;
  const std::string set = context.feature_set->options().set;
  for (const std::string& path : {std::string(lake::archives_path), std::string(lake::utterances_path), std::string(lake::speakers_path),
                                  std::string(lake::rejects_path), lake::features_path(set), lake::dataset_path(set)}) {
    VOXLAKE_ASSIGN(const auto table, pipeline::open_if_present(context, path));
    if (!table) continue;
    int64_t bytes = 0;
    for (const auto& file : table->files()) bytes += file.bytes;
    status.tables.push_back(
        {{"table", path}, {"version", table->version()}, {"rows", table->rows()}, {"files", table->files().size()}, {"bytes", bytes}});
  }
  VOXLAKE_ASSIGN(const auto state, pipeline::read_lake_state(context));
  const std::string silver = pipeline::silver_fingerprint(context);
  for (const auto& [archive, row] : state.archives) {
    if (row.state == lake::ArchiveState::failed) {
      ++status.failed;
      continue;
    }
    const auto decoded = state.silver.find(archive);
    if (decoded == state.silver.end() || decoded->second != pipeline::Stamp{row.sha256, silver}) ++status.to_decode;
  }
  status.to_describe = static_cast<int64_t>(pipeline::archives_without_features(context, state).size());
  return status;
}

void print_status(const LakeStatus& status, const pipeline::Context& context) {
  if (status.tables.empty()) {
    std::printf("The lake %s is empty: `voxlake run` fills it.\n", context.settings.lake.c_str());
    return;
  }
  std::printf("%-28s %8s %12s %7s %10s\n", "table", "version", "rows", "files", "size");
  for (const auto& table : status.tables) {
    std::printf("%-28s %8s %12s %7s %10s\n", table["table"].get<std::string>().c_str(), grouped(table["version"].get<int64_t>()).c_str(),
                grouped(table["rows"].get<int64_t>()).c_str(), grouped(table["files"].get<int64_t>()).c_str(),
                byte_text(table["bytes"].get<double>()).c_str());
  }
  std::printf("\ncorpus %s: %s archives to decode, %s to describe, %s could not be copied\n", context.corpus.c_str(),
              grouped(status.to_decode).c_str(), grouped(status.to_describe).c_str(), grouped(status.failed).c_str());
}

}  // namespace

int command_status(const Invocation& invocation, bool json) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  pipeline::SilentObserver observer;
  auto context = pipeline::make_context(resolved->settings, observer, stop_requested());
  if (!context) return report_error(context.error());
  const Status taken = take_corpus_of_lake(*resolved, *context);
  if (!taken) return report_error(taken.error());
  const auto status = read_status(*context);
  if (!status) return report_error(status.error());
  if (json) {
    const nlohmann::ordered_json answer{{"lake", resolved->settings.lake},
                                        {"corpus", context->corpus},
                                        {"tables", status->tables},
                                        {"archives_to_decode", status->to_decode},
                                        {"archives_to_describe", status->to_describe},
                                        {"archives_failed", status->failed}};
    std::printf("%s\n", answer.dump(1).c_str());
  } else {
    print_status(*status, *context);
  }
  return exit_done;
}

}  // namespace voxlake::cli
