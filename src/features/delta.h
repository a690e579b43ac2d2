#pragma once

#include <cstdint>

#include "features/frame_table.h"
#include "features/plan.h"

namespace voxlake::features {

/// Frames on either side that a delta is fitted to.
inline constexpr int64_t kDeltaReach = 4;

/// First and second derivatives of the MFCC over nine frames, as librosa.feature.delta (mode "interp") gives them: the first and last
/// four frames take the fit of the first and last nine, whose derivative is the same all along.
class Deltas {
 public:
  explicit Deltas(const FeatureSet::Plan& plan) : plan_(plan) {}

  /// Starts an utterance of `frames` frames. Under nine there are no deltas: their rows stay 0, and is_defined() is false.
  void start(int64_t frames);
  bool is_defined() const { return frames_ > 2 * kDeltaReach; }
  /// Frames before this one have their deltas, and all else.
  int64_t ready() const { return ready_; }
  /// Fits all frames whose neighbours are in the table. The table must still hold kDeltaReach frames before ready().
  void advance(FrameTable& table);

 private:
  bool is_wanted() const { return plan_.has(Descriptor::mfcc_delta) || plan_.has(Descriptor::mfcc_delta2); }
  void fit(FrameTable& table, int64_t centre);
  void copy(FrameTable& table, int64_t from, int64_t to) const;

  const FeatureSet::Plan& plan_;
  int64_t frames_ = 0;
  int64_t ready_ = 0;
};

}  // namespace voxlake::features
