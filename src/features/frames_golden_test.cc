// Descriptors of every frame against librosa 0.11 (tests/golden/make_features.py).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "features/delta.h"
#include "features/golden_test_support.h"
#include "features/plan.h"
#include "features/tile.h"
#include "features/time_domain.h"

namespace voxlake::features {
namespace {

/// The descriptors of `signal`, computed as the extractor does, tile by tile.
class Frames {
 public:
  Frames(const SetDefinition& definition, std::span<const float> signal) {
    std::vector<std::string> columns;
    plan_ = make_plan(definition, 16000, kernels::best_kernels(), columns);
    TileAnalyser analyser(plan_);
    UtteranceMaxima maxima;
    const int64_t frames = frame_count(signal.size());
    std::vector<Tile> tiles;
    for (int64_t i = 0; i * kLanes < frames; ++i) {
      tiles.emplace_back(plan_);
      analyser.analyse(signal, i, frames, false, tiles.back(), maxima);
    }
    table_ = std::make_unique<FrameTable>(plan_);
    Deltas deltas(plan_);
    deltas.start(frames);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      const int64_t first = static_cast<int64_t>(i) * kLanes;
      const auto count = static_cast<int>(std::min<int64_t>(kLanes, frames - first));
      table_->extend(count);
      analyser.finish(tiles[i], maxima, count, table_->floats(first), table_->doubles(first));
      table_->commit(count);
      deltas.advance(*table_);
    }
  }
  double value(Descriptor descriptor, int row, int64_t frame) {
    const int32_t place = plan_.placement(descriptor).first + row;
    return is_double(descriptor) ? table_->doubles(frame)[place] : static_cast<double>(table_->floats(frame)[place]);
  }
  bool has(Descriptor descriptor) const { return plan_.has(descriptor); }

 private:
  FeatureSet::Plan plan_;
  std::unique_ptr<FrameTable> table_;
};

struct Tolerance {
  double absolute;
  double relative;
};

/// facts: what an independent float64 implementation reaches.
Tolerance tolerance_of(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::zcr:
    case Descriptor::rolloff: return {0, 0};
    case Descriptor::contrast: return {1e-5, 0};
    case Descriptor::centroid:
    case Descriptor::bandwidth:
    case Descriptor::poly:
    case Descriptor::rms: return {1e-12, 1e-6};
    case Descriptor::mel: return {1e-14, 2e-6};
    case Descriptor::flatness: return {0, 5e-6};
    case Descriptor::chroma: return {5e-6, 0};
    default: return {2e-4, 0};
  }
}

void expect_librosas_frames(const SetDefinition& definition, int& compared) {
  const auto signals = read_golden("signals.records");
  const auto golden = read_golden("frames.records");
  for (const std::string name : {"speech", "noise5000", "burst", "noise1"}) {
    Frames frames(definition, golden_signal(signals, name));
    for (int d = 0; d < kDescriptors; ++d) {
      const auto descriptor = static_cast<Descriptor>(d);
      const auto expected = golden.find(name + "/" + std::string(text_of(descriptor).name));
      if (expected == golden.end() || !frames.has(descriptor)) continue;
      const auto [absolute, relative] = tolerance_of(descriptor);
      for (std::size_t row = 0; row < expected->second.rows; ++row) {
        for (std::size_t frame = 0; frame < expected->second.columns; ++frame) {
          const double value = expected->second.values[row * expected->second.columns + frame];
          if (std::isnan(value)) continue;  // deltas of less than nine frames
          const double ours = frames.value(descriptor, static_cast<int>(row), static_cast<int64_t>(frame));
          EXPECT_NEAR(ours, value, absolute + relative * std::abs(value)) << expected->first << " row " << row << " frame " << frame;
          ++compared;
        }
      }
    }
  }
}

TEST(FramesGoldenTest, EveryDescriptorOfBothSetsIsLibrosasWithinItsTolerance) {
  int compared = 0;
  for (SetDefinition definition : set_definitions()) {
    // The golden frames have 20 rows of MFCC, whatever the set.
    for (SetEntry& entry : definition.entries) {
      if (entry.descriptor == Descriptor::mfcc) entry.rows = 20;
    }
    expect_librosas_frames(definition, compared);
  }
  EXPECT_GT(compared, 20000);
}

}  // namespace
}  // namespace voxlake::features
