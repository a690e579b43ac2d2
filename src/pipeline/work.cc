#include "pipeline/work.h"

namespace voxlake::pipeline {

StageSummary StageCounter::summary(Stage stage, std::string unit, double wall_seconds) const {
  StageSummary summary;
  summary.stage = stage;
  summary.unit = std::move(unit);
  summary.in = in;
  summary.out = out;
  summary.refused = refused;
  summary.bytes = bytes;
  summary.wall_seconds = wall_seconds;
  summary.work_seconds = static_cast<double>(work_ns) * 1e-9;
  summary.ran = in > 0 || out > 0;
  return summary;
}

}  // namespace voxlake::pipeline
