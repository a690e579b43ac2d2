#include "pipeline/publish_stage.h"

#include <algorithm>
#include <chrono>

#include "warehouse/publish.h"

namespace voxlake::pipeline {

Result<StageSummary> publish_lake(const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  context.observer->begin(Stage::publish, -1);
  VOXLAKE_ASSIGN(const auto published, warehouse::publish(context.storage, context.feature_set->options().set));
  StageSummary summary;
  summary.stage = Stage::publish;
  summary.unit = "views";
  summary.ran = published.changed;
  summary.in = std::count_if(published.views.begin(), published.views.end(), [](const auto& view) { return view.version >= 0; });
  summary.out = published.changed ? static_cast<int64_t>(published.views.size()) : 0;
  summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  summary.work_seconds = summary.wall_seconds;
  return summary;
}

}  // namespace voxlake::pipeline
