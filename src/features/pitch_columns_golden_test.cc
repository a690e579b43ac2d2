// The pitch columns of `spectral` against librosa.pyin(no_trough_prob=0.1), numpy and scipy (tests/golden/make_features.py).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "features/feature_set.h"
#include "features/functional.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

struct GoldenSeries {
  const char* name;
  double tolerance;  ///< of a value: f0 is in Hz and float32, the others are as good as their float32
};
constexpr std::array<GoldenSeries, 5> kSeries = {
    {{"f0", 5e-5}, {"f0_semitones", 5e-6}, {"voicing", 1e-6}, {"hnr", 5e-4}, {"aperiodicity", 1e-6}}};

std::vector<float> signal_of(const std::string& name) {
  const auto signals = read_golden("signals.records");
  if (name != "speech+noise") return golden_signal(signals, name);
  std::vector<float> signal = golden_signal(signals, "speech");
  const std::vector<float> noise = golden_signal(signals, "noise5000");
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] += noise[i % noise.size()];
  return signal;
}

TEST(PitchColumnsGoldenTest, EveryPitchColumnIsPyinsWithATroughlessShareOfATenth) {
  int compared = 0;
  int undefined = 0;
  for (const auto& [key, record] : read_golden("pitch_windows.records")) {
    FeatureOptions options;
    options.windows.kind = key.ends_with("/whole") ? Windowing::whole : Windowing::sliding;
    const auto set = *FeatureSet::create(options);
    WindowFeatures features;
    ASSERT_TRUE(Extractor(set).compute(signal_of(key.substr(0, key.find('/'))), features));
    ASSERT_EQ(features.windows.size(), record.rows) << key;
    ASSERT_EQ(record.columns, kSeries.size() * kFunctionals + 1);
    const auto expect = [&](const std::string& column, std::size_t window, double theirs, double tolerance) {
      const auto place = std::find(set->columns().begin(), set->columns().end(), column) - set->columns().begin();
      if (place == std::ssize(set->columns())) return;  // the set has it not
      const double ours = features.values[static_cast<std::size_t>(place) * features.windows.size() + window];
      ++compared;
      if (std::isnan(theirs)) {
        EXPECT_TRUE(std::isnan(ours)) << key << " " << column;
        ++undefined;
      } else {
        EXPECT_NEAR(ours, theirs, tolerance) << key << " " << column;
      }
    };
    for (std::size_t window = 0; window < record.rows; ++window) {
      const double* golden = record.values.data() + window * record.columns;
      for (const GoldenSeries& series : kSeries) {
        for (int i = 0; i < kFunctionals; ++i) {
          const std::string column = std::string(series.name) + "_" + std::string(to_string(static_cast<Functional>(i)));
          expect(column, window, *golden++, 2 * series.tolerance);
        }
      }
      expect("f0_voiced_share", window, *golden, 1e-7);
    }
  }
  EXPECT_GT(compared, 250);
  EXPECT_EQ(undefined, 9 + 6 + 2) << "f0, f0_semitones and hnr of silence";
}

}  // namespace
}  // namespace voxlake::features
