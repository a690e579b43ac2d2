#include "features/delta.h"

#include <algorithm>

namespace voxlake::features {

void Deltas::start(int64_t frames) {
  frames_ = frames;
  ready_ = 0;
}

void Deltas::fit(FrameTable& table, int64_t centre) {
  const Placement& mfcc = plan_.placement(Descriptor::mfcc);
  const Placement& first = plan_.placement(Descriptor::mfcc_delta);
  const Placement& second = plan_.placement(Descriptor::mfcc_delta2);
  for (int32_t row = 0; row < mfcc.rows; ++row) {
    // Least squares over i = -4 … 4: the slope is sum(i x) / 60, the second derivative sum((3 i^2 - 20) x) / 462.
    double slope = 0;
    double bend = 0;
    for (int64_t i = -kDeltaReach; i <= kDeltaReach; ++i) {
      const double x = table.floats(centre + i)[mfcc.first + row];
      slope += static_cast<double>(i) * x;
      bend += static_cast<double>(3 * i * i - 20) * x;
    }
    if (first.first >= 0) table.floats(centre)[first.first + row] = static_cast<float>(slope / 60) + 0.0F;
    if (second.first >= 0) table.floats(centre)[second.first + row] = static_cast<float>(bend / 462) + 0.0F;
  }
}

void Deltas::copy(FrameTable& table, int64_t from, int64_t to) const {
  for (const Descriptor descriptor : {Descriptor::mfcc_delta, Descriptor::mfcc_delta2}) {
    const Placement& rows = plan_.placement(descriptor);
    if (rows.first >= 0) std::copy_n(table.floats(from) + rows.first, rows.rows, table.floats(to) + rows.first);
  }
}

void Deltas::advance(FrameTable& table) {
  const bool complete = table.end() == frames_;
  if (!is_wanted() || !is_defined()) {
    ready_ = table.end();
    return;
  }
  int64_t centre = std::max(ready_, kDeltaReach);
  for (; centre + kDeltaReach < table.end(); ++centre) {
    fit(table, centre);
    if (centre == kDeltaReach) {
      for (int64_t frame = 0; frame < kDeltaReach; ++frame) copy(table, kDeltaReach, frame);
    }
    ready_ = centre + 1;
  }
  if (!complete) return;
  for (int64_t frame = frames_ - kDeltaReach; frame < frames_; ++frame) copy(table, frames_ - kDeltaReach - 1, frame);
  ready_ = frames_;
}

}  // namespace voxlake::features
