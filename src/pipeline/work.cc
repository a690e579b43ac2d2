#include "pipeline/work.h"

#include <ctime>

namespace voxlake::pipeline {

int64_t thread_work_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

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
