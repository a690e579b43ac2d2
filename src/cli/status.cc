#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "pipeline/context.h"
#include "pipeline/lake_status.h"

namespace voxlake::cli {
namespace {

void print_status(const pipeline::LakeStatus& status, const pipeline::Context& context) {
  if (status.tables.empty()) {
    std::printf("The lake %s is empty: `voxlake run` fills it.\n", context.settings.lake.c_str());
    return;
  }
  std::printf("%-28s %8s %12s %7s %10s\n", "table", "version", "rows", "files", "size");
  for (const auto& table : status.tables) {
    std::printf("%-28s %8s %12s %7s %10s\n", table.path.c_str(), grouped(table.version).c_str(), grouped(table.rows).c_str(),
                grouped(table.files).c_str(), byte_text(static_cast<double>(table.bytes)).c_str());
  }
  std::printf("\ncorpus %s: %s archives to decode, %s to describe, %s could not be copied\n", context.corpus.c_str(),
              grouped(status.to_decode).c_str(), grouped(status.to_describe).c_str(), grouped(status.failed).c_str());
}

void print_json(const pipeline::LakeStatus& status, const pipeline::Context& context) {
  nlohmann::ordered_json tables = nlohmann::ordered_json::array();
  for (const auto& table : status.tables) {
    tables.push_back(
        {{"table", table.path}, {"version", table.version}, {"rows", table.rows}, {"files", table.files}, {"bytes", table.bytes}});
  }
  const nlohmann::ordered_json answer{{"lake", context.settings.lake},
                                      {"corpus", context.corpus},
                                      {"tables", std::move(tables)},
                                      {"archives_to_decode", status.to_decode},
                                      {"archives_to_describe", status.to_describe},
                                      {"archives_failed", status.failed}};
  std::printf("%s\n", answer.dump(1).c_str());
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
  const auto status = pipeline::read_lake_status(*context);
  if (!status) return report_error(status.error());
  if (json) {
    print_json(*status, *context);
  } else {
    print_status(*status, *context);
  }
  return exit_done;
}

}  // namespace voxlake::cli
