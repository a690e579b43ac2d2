// What must hold of any signal, whatever librosa says: gain, shift, concatenation, silence around, a constant added.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "features/feature_set.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

constexpr std::size_t kHop = 512;

/// Golden speech over faint noise: no frame is silent, and none is clipped 80 dB under the loudest.
std::vector<float> speech() {
  std::vector<float> signal = golden_signal(read_golden("signals.records"), "speech");
  signal.resize(signal.size() / kHop * kHop);
  const std::vector<float> noise = noise_signal(signal.size(), 9, 0x1p-6F);
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] += noise[i];
  return signal;
}

std::vector<float> joined(std::vector<float> first, const std::vector<float>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The values of one frame in each window (whole: of all of them), by column.
struct Described {
  std::vector<std::string> columns;
  WindowFeatures features;

  Described(const std::string& set_name, const std::vector<float>& signal, bool whole = false) {
    FeatureOptions options;
    options.set = set_name;
    options.windows = {whole ? Windowing::whole : Windowing::sliding, 0.001, 512.0 / 16000};
    const auto set = *FeatureSet::create(options);
    columns = set->columns();
    EXPECT_TRUE(Extractor(set).compute(signal, features));
  }
  std::size_t windows() const { return features.windows.size(); }
  float get(std::size_t column, std::size_t window) const { return features.values[column * windows() + window]; }
  float get(const std::string& column, std::size_t window = 0) const {
    return get(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin()), window);
  }
};

bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

using Words = std::initializer_list<std::string_view>;

bool begins(std::string_view column, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return column.starts_with(word); });
}

bool ends(std::string_view column, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return column.ends_with(word); });
}

class PropertiesTest : public testing::TestWithParam<const char*> {};

TEST_P(PropertiesTest, GainScalesWhatIsALevelAndLeavesTheRest) {
  const std::vector<float> signal = speech();
  std::vector<float> louder = signal;
  for (float& x : louder) x *= 8;
  const Described before(GetParam(), signal, true);
  const Described after(GetParam(), louder, true);
  const double decibels = 20 * std::log10(8.0);
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    const std::string& column = before.columns[i];
    SCOPED_TRACE(column);
    const double was = before.get(i, 0);
    const double is = after.get(i, 0);
    ASSERT_EQ(std::isnan(was), std::isnan(is));
    if (std::isnan(was)) continue;
    const bool is_power = begins(column, {"mel_"}) && !begins(column, {"mel_db"});
    const bool is_level = is_power || begins(column, {"signal_", "rms_", "poly_"});
    if (is_level && !ends(column, {"_mode_count", "_entropy", "_kurtosis", "_skewness"})) {
      const int squares = (is_power ? 2 : 1) * (column.ends_with("_var") ? 2 : 1);
      EXPECT_TRUE(same_bits(after.get(i, 0), static_cast<float>(was * std::pow(8.0, squares)))) << was << " became " << is;
    } else if (begins(column, {"mfcc_", "mel_db_", "contrast_"}) && ends(column, {"_mode", "_mode_count"})) {
      continue;  // of values hardly two of which are equal, before or after rounding
    } else if (begins(column, {"mfcc_00_"}) && ends(column, {"_mean", "_median", "_min", "_max", "_q1", "_q3"})) {
      EXPECT_NEAR(is - was, decibels * std::sqrt(128.0), 2e-3) << "the level times sqrt(128)";
    } else if (begins(column, {"mfcc_", "mel_db_", "contrast_"})) {
      EXPECT_NEAR(is, was, 1e-3 + 1e-4 * std::abs(was));
    } else if (begins(column, {"flatness_"})) {
      EXPECT_NEAR(is, was, 1e-4 * std::abs(was) + 1e-9) << "but for powers under 1e-10";
    } else if (ends(column, {"_entropy"})) {
      EXPECT_NEAR(is, was, 1e-6);
    } else {
      EXPECT_NEAR(is, was, 2e-6 * std::abs(was) + 1e-12);
    }
  }
}

/// Compares frame `from` + i of one with frame `to` + i of the other, bit by bit; how many values that were.
std::size_t expect_same_frames(const Described& one, std::size_t from, const Described& other, std::size_t to, std::size_t count,
                               Words except) {
  std::size_t compared = 0;
  for (std::size_t column = 0; column < one.columns.size(); ++column) {
    if (begins(one.columns[column], except)) continue;
    std::size_t different = 0;
    for (std::size_t i = 0; i < count; ++i) different += same_bits(one.get(column, from + i), other.get(column, to + i)) ? 0 : 1;
    EXPECT_EQ(different, 0U) << one.columns[column];
    compared += count;
  }
  return compared;
}

// Deltas look four frames to either side, and the path of pitch at all frames; a signal's first two frames hear what is before it.
const Words kLooksFurther = {"mfcc_delta", "f0", "hnr"};

TEST_P(PropertiesTest, AHopOfSilenceBeforeMovesFramesByOne) {
  const std::vector<float> signal = speech();
  const Described here(GetParam(), signal);
  const Described later(GetParam(), joined(std::vector<float>(kHop), signal));
  ASSERT_EQ(later.windows(), here.windows() + 1);
  EXPECT_GT(expect_same_frames(here, 3, later, 4, here.windows() - 3, kLooksFurther), 5000U);
  EXPECT_GT(expect_same_frames(here, 0, later, 1, 3, {"mfcc_delta", "f0", "hnr", "zcr"}), 500U) << "nor does anything but zcr see the edge";
}

TEST_P(PropertiesTest, SilenceAfterLeavesTheFramesBefore) {
  const std::vector<float> signal = speech();
  const Described here(GetParam(), signal);
  const Described longer(GetParam(), joined(signal, std::vector<float>(20 * kHop)));
  ASSERT_EQ(longer.windows(), here.windows() + 20);
  expect_same_frames(here, 0, longer, 0, here.windows(), kLooksFurther);
  for (std::size_t window = here.windows() + 2; window < longer.windows(); ++window) {
    EXPECT_EQ(longer.get("rms_mean", window), 0);
    EXPECT_EQ(longer.get("centroid_mean", window), 0);
  }
}

TEST_P(PropertiesTest, ConcatenatedSignalsKeepTheirFramesAwayFromTheSeam) {
  // As loud as each other: what refers to the utterance's maximum is then the same, too.
  const std::vector<float> signal = speech();
  std::vector<float> reversed = signal;
  for (float& x : reversed) x = -x;
  const Described alone(GetParam(), signal);
  const Described opposite(GetParam(), reversed);
  const Described both(GetParam(), joined(signal, reversed));
  const std::size_t count = alone.windows();
  ASSERT_EQ(both.windows(), 2 * count);
  expect_same_frames(alone, 0, both, 0, count - 1, kLooksFurther);
  expect_same_frames(opposite, 2, both, count + 2, count - 2, kLooksFurther);
}

TEST_P(PropertiesTest, AConstantAddedIsSeenWhereItIsAndNowhereElse) {
  const std::vector<float> signal = speech();
  std::vector<float> raised = signal;
  for (float& x : raised) x += 2;
  const Described before(GetParam(), signal);
  const Described after(GetParam(), raised);
  const Described before_all(GetParam(), signal, true);
  const Described after_all(GetParam(), raised, true);
  EXPECT_NEAR(after_all.get("signal_mean") - before_all.get("signal_mean"), 2, 1e-6);
  EXPECT_NEAR(after_all.get("signal_median") - before_all.get("signal_median"), 2, 1e-6);
  for (const char* same : {"signal_std", "signal_iqr", "signal_kurtosis", "signal_skewness", "signal_range"}) {
    EXPECT_NEAR(after_all.get(same), before_all.get(same), 1e-4 * std::abs(before_all.get(same)) + 1e-6) << same;
  }
  // A Hann window keeps a constant within the lowest two bins. The frames at the ends see it begin and end.
  for (std::size_t window = 2; window + 2 < before.windows(); ++window) {
    EXPECT_EQ(after.get("zcr_mean", window), 0);
    EXPECT_GT(after.get("rms_mean", window), 1.5F);
    EXPECT_LT(after.get("centroid_mean", window), before.get("centroid_mean", window));
    EXPECT_LE(after.get("rolloff_mean", window), before.get("rolloff_mean", window));
    for (const char* high : {"contrast_03_mean", "contrast_05_mean"}) {
      EXPECT_NEAR(after.get(high, window), before.get(high, window), 0.05) << high;
    }
  }
}

TEST_P(PropertiesTest, TheOppositeSignalSoundsTheSame) {
  const std::vector<float> signal = speech();
  std::vector<float> opposite = signal;
  for (float& x : opposite) x = -x;
  const Described before(GetParam(), signal, true);
  const Described after(GetParam(), opposite, true);
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    // Crossings count a zero as positive, and samples have signs.
    if (begins(before.columns[i], {"signal_", "zcr_"})) continue;
    EXPECT_TRUE(same_bits(before.get(i, 0), after.get(i, 0)) || std::isnan(before.get(i, 0))) << before.columns[i];
  }
  EXPECT_EQ(after.get("signal_skewness"), -before.get("signal_skewness"));
  EXPECT_EQ(after.get("signal_max"), -before.get("signal_min"));
}

INSTANTIATE_TEST_SUITE_P(Sets, PropertiesTest, testing::Values("spectral", "librosa-full"));

}  // namespace
}  // namespace voxlake::features
