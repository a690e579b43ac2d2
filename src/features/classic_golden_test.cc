// Windows of the set classic against librosa 0.11, numpy and scipy (tests/golden/make_sets.py).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "features/feature_set.h"
#include "features/golden_comparison_test_support.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

/// `SIGNAL/RATE/WINDOWING/SECONDS/HOP`
struct Case {
  std::string signal;
  FeatureOptions options;
};

Case case_of(const std::string& key) {
  std::istringstream text(key);
  std::string part[5];
  for (std::string& each : part) std::getline(text, each, '/');
  Case made = {part[0], {}};
  made.options.set = "classic";
  made.options.rate = std::stoi(part[1]);
  made.options.windows.kind = part[2] == "whole" ? Windowing::whole : Windowing::sliding;
  made.options.windows.length_seconds = std::stod(part[3]);
  made.options.windows.hop_seconds = std::stod(part[4]);
  return made;
}

constexpr const char* kGoldenRows[] = {"signal",   "zcr",     "poly_00", "poly_01", "centroid", "bandwidth",
                                       "flatness", "rolloff", "mel",     "mel_db",  "mfcc",     "contrast"};

TEST(ClassicGoldenTest, EveryWindowIsLibrosasWithinItsTolerance) {
  const auto signals = read_golden("signals.records");
  int compared = 0;
  for (const auto& [key, record] : read_golden("classic.records")) {
    SCOPED_TRACE(key);
    const Case each = case_of(key);
    const auto set = *FeatureSet::create(each.options);
    WindowFeatures features;
    ASSERT_TRUE(Extractor(set).compute(golden_signal(signals, each.signal), features));
    ASSERT_EQ(features.windows.size(), record.rows);
    ASSERT_EQ(record.columns, std::size(kGoldenRows) * kNamedFunctionals);
    for (std::size_t column = 0; column < set->columns().size(); ++column) {
      const std::string& name = set->columns()[column];
      SCOPED_TRACE(name);
      std::size_t row = 0;
      int functional = 0;
      for (std::size_t i = 0; i < std::size(kGoldenRows) * kNamedFunctionals; ++i) {
        const auto candidate = static_cast<Functional>(i % kNamedFunctionals);
        if (name != std::string(kGoldenRows[i / kNamedFunctionals]) + "_" + std::string(to_string(candidate))) continue;
        row = i / kNamedFunctionals;
        functional = static_cast<int>(candidate);
        ++compared;
      }
      for (std::size_t window = 0; window < record.rows; ++window) {
        const double* golden = record.values.data() + window * record.columns + row * kNamedFunctionals;
        const std::string descriptor = std::string(kGoldenRows[row]).substr(0, std::string(kGoldenRows[row]).find("_0"));
        WindowComparison(descriptor, golden)
            .expect(static_cast<Functional>(functional), features.values[column * features.windows.size() + window]);
      }
    }
  }
  EXPECT_EQ(compared, 16 * 81);
}

std::size_t column_of(const FeatureSet& set, const std::string& name) {
  return static_cast<std::size_t>(std::find(set.columns().begin(), set.columns().end(), name) - set.columns().begin());
}

TEST(ClassicTest, SpectraOfWindowsTooLongForOneTransformAreNullAndTheRestIsThere) {
  FeatureOptions options;
  options.set = "classic";
  options.windows.kind = Windowing::whole;
  const auto set = *FeatureSet::create(options);
  WindowFeatures features;
  ASSERT_TRUE(Extractor(set).compute(noise_signal((1 << 21) + 1, 3), features));
  EXPECT_TRUE(std::isnan(features.values[column_of(*set, "centroid_mean")]));
  EXPECT_TRUE(std::isnan(features.values[column_of(*set, "mfcc_median")]));
  EXPECT_NEAR(features.values[column_of(*set, "zcr_mean")], 0.5, 0.01);
  EXPECT_NEAR(features.values[column_of(*set, "signal_sample_std")], 0.2887, 0.001);
}

TEST(ClassicTest, SessionsAreFramesOfTheirOwn) {
  FeatureOptions options;
  options.set = "classic";
  options.windows.kind = Windowing::session;
  std::vector<float> signal = noise_signal(16000, 1);
  signal.resize(40000, 0.0F);
  const std::vector<float> more = noise_signal(9000, 2, 0.5F);
  signal.insert(signal.end(), more.begin(), more.end());
  WindowFeatures features;
  ASSERT_TRUE(Extractor(*FeatureSet::create(options)).compute(signal, features));
  ASSERT_EQ(features.windows.size(), 2U);
  for (const float value : features.values) EXPECT_TRUE(std::isfinite(value) || std::isnan(value));
}

TEST(ClassicTest, WindowsThatCannotBeAFrameAreRefusedWithWhatToDo) {
  FeatureOptions options;
  options.set = "classic";
  options.windows.length_seconds = 0.002;
  const auto too_short = FeatureSet::create(options);
  ASSERT_FALSE(too_short);
  EXPECT_NE(too_short.error().message.find("too short"), std::string::npos);
  options.windows.length_seconds = 200;
  const auto too_long = FeatureSet::create(options);
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().remedy.find("131 s"), std::string::npos) << too_long.error().to_string();
}

TEST(ClassicTest, HasEightyOneColumns) {
  FeatureOptions options;
  options.set = "classic";
  const auto set = *FeatureSet::create(options);
  EXPECT_EQ(set->columns().size(), 81U);
  for (const char* name :
       {"signal_sample_var", "signal_q1", "zcr_mean", "poly_01_mean", "mel_entropy", "mel_db_mean", "mfcc_std", "contrast_mode_count"}) {
    EXPECT_LT(column_of(*set, name), 81U) << name;
  }
}

}  // namespace
}  // namespace voxlake::features
