// The engine against plain references on random signals. The seed of a failing case is in its trace.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "features/feature_set.h"
#include "features/functional.h"
#include "features/plain_descriptors_test_support.h"

namespace voxlake::features {
namespace {

/// Parts of noise, harmonics, silence and steps, of any length and loudness.
std::vector<float> random_signal(std::mt19937& random, int longest) {
  const auto uniform = [&](double low, double high) { return low + (high - low) * (static_cast<double>(random()) / 4294967296.0); };
  const auto samples = static_cast<std::size_t>(uniform(1, longest));
  const double gain = std::pow(10.0, uniform(-4, 0.3));
  std::vector<double> signal;
  while (signal.size() < samples) {
    const auto length = static_cast<std::size_t>(uniform(200, 4000));
    const int kind = static_cast<int>(uniform(0, 5));
    const double hertz = uniform(60, 6000) / 16000;
    const double level = uniform(-1, 1);
    for (std::size_t i = 0; i < length; ++i) {
      const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i);
      if (kind == 0) signal.push_back(uniform(-1, 1));
      if (kind == 1) signal.push_back(std::sin(phase) + 0.5 * std::sin(2 * phase) + 0.01 * uniform(-1, 1));
      if (kind == 2) signal.push_back(0);
      if (kind == 3) signal.push_back(level + 0.1 * uniform(-1, 1));
      if (kind == 4) signal.push_back(std::clamp(3 * std::sin(phase) + uniform(-1, 1), -1.0, 1.0));
    }
  }
  signal.resize(samples);
  std::vector<float> scaled;
  for (const double x : signal) scaled.push_back(static_cast<float>(gain * x));
  return scaled;
}

struct Answer {
  std::map<std::string, std::size_t> column;
  WindowFeatures features;

  Answer(const FeatureOptions& options, std::span<const float> signal) {
    const auto set = *FeatureSet::create(options);
    for (std::size_t i = 0; i < set->columns().size(); ++i) column[set->columns()[i]] = i;
    EXPECT_TRUE(Extractor(set).compute(signal, features));
  }
  double get(const std::string& name, std::size_t window) const {
    return static_cast<double>(features.values[column.at(name) * features.windows.size() + window]);
  }
};

/// Windows of a millisecond, a hop apart: each holds one frame.
FeatureOptions frame_by_frame(const std::string& set, int rate) {
  FeatureOptions options;
  options.set = set;
  options.rate = rate;
  options.windows.length_seconds = 0.001;
  options.windows.hop_seconds = 512.0 / rate;
  return options;
}

std::string row_name(const std::string& descriptor, std::size_t row) {
  if (!std::set<std::string>{"poly", "mel", "mel_db", "mfcc", "mfcc_delta", "mfcc_delta2", "contrast", "chroma"}.contains(descriptor))
    return descriptor;
  return descriptor + (row < 10 ? "_0" : "_") + std::to_string(row);
}

double tolerance_of(const std::string& descriptor, double value, double largest_of_row) {
  const double rounding = 1e-7 * std::abs(value);
  if (descriptor == "zcr") return rounding;
  if (descriptor == "contrast") return rounding + 1e-5;
  if (descriptor == "chroma") return 5e-6;
  if (descriptor == "flatness") return 5e-6 * value;
  if (descriptor == "mel") return 2e-6 * value + 1e-14;
  if (descriptor == "poly") return 1e-6 * largest_of_row + 1e-14;
  if (descriptor.starts_with("m")) return 2e-4;
  return 1e-6 * std::abs(value) + 1e-9;
}

void compare_frames(const std::string& set, int rate, int mfcc_rows, uint32_t seed, int& compared) {
  SCOPED_TRACE(set + " at " + std::to_string(rate) + " Hz, seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<float> signal = random_signal(random, 7000);
  const Answer answer(frame_by_frame(set, rate), signal);
  for (const auto& [descriptor, rows] : plain::describe(signal, rate, mfcc_rows)) {
    if (!answer.column.contains(row_name(descriptor, 0) + "_mean")) continue;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      double largest = 0;
      for (const double x : rows[row]) largest = std::max(largest, std::abs(x));
      for (std::size_t frame = 0; frame < answer.features.windows.size(); ++frame) {
        const double ours = answer.get(row_name(descriptor, row) + "_mean", frame);
        const double expected = rows[row][frame];
        // A sum of magnitudes in another order may reach 85 % one bin sooner or later.
        const double allowed = descriptor == "rolloff" ? rate / 2048.0 * 1.001 : tolerance_of(descriptor, expected, largest);
        ASSERT_NEAR(ours, expected, allowed) << row_name(descriptor, row) << " of frame " << frame << " of " << signal.size() << " samples";
        ++compared;
      }
    }
  }
}

TEST(PlainDescriptorsTest, FramesOfRandomSignalsAreThoseOfTheDefinitions) {
  int compared = 0;
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    const int rate = std::array{16000, 22050, 48000, 13000, 44100}[seed % 5];
    compare_frames("spectral", rate, 20, seed, compared);
    if (seed % 3 == 0) compare_frames("librosa-full", rate, 90, seed, compared);
  }
  EXPECT_GT(compared, 5000);
}

/// The functionals as a textbook has them, in long double.
std::map<std::string, double> plain_functionals(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<long double>(x.size());
  const auto quantile = [&](long double q) {
    const long double place = q * (n - 1);
    const auto below = static_cast<std::size_t>(place);
    const long double fraction = place - static_cast<long double>(below);
    return static_cast<double>(x[below] + fraction * (x[std::min(below + 1, x.size() - 1)] - static_cast<long double>(x[below])));
  };
  std::map<double, int> counts;
  long double sum = 0;
  for (const double value : x) {
    sum += value;
    ++counts[value];
  }
  const auto mode = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::array<long double, 5> moment{};
  long double entropy = 0;
  for (const double value : x) {
    for (int power = 2; power <= 4; ++power) moment[power] += powl(value - sum / n, power) / n;
    if (value > 0) entropy -= value / sum * logl(value / sum);
  }
  const bool varies = x.front() < x.back();
  const double undefined = std::nan("");
  return {{"mean", static_cast<double>(sum / n)},
          {"median", quantile(0.5L)},
          {"mode", mode->first},
          {"mode_count", mode->second},
          {"min", x.front()},
          {"max", x.back()},
          {"range", x.back() - x.front()},
          {"var", static_cast<double>(moment[2])},
          {"std", static_cast<double>(sqrtl(moment[2]))},
          {"q1", quantile(0.25L)},
          {"q3", quantile(0.75L)},
          {"iqr", quantile(0.75L) - quantile(0.25L)},
          {"entropy", x.front() < 0 || sum <= 0 ? undefined : static_cast<double>(entropy)},
          {"kurtosis", varies ? static_cast<double>(moment[4] / (moment[2] * moment[2]) - 3) : undefined},
          {"skewness", varies ? static_cast<double>(moment[3] / powl(moment[2], 1.5L)) : undefined}};
}

TEST(PlainDescriptorsTest, FunctionalsOfRandomSignalsAreThoseOfTheTextbook) {
  // Of the samples, and of rows that are kept as float32, whose frames are known exactly.
  int compared = 0;
  for (uint32_t seed = 100; seed < 116; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::vector<float> signal = random_signal(random, 60000);
    const std::string set = seed % 2 == 0 ? "spectral" : "librosa-full";
    const Answer frames(frame_by_frame(set, 16000), signal);
    FeatureOptions options;
    options.set = set;
    options.windows.length_seconds = 0.512;
    options.windows.hop_seconds = 0.1;
    const Answer windows(options, signal);
    for (std::size_t window = 0; window < windows.features.windows.size(); ++window) {
      const Window& span = windows.features.windows[window];
      const auto first = static_cast<std::size_t>(std::lround(span.start_seconds * 16000));
      const auto last = std::min(signal.size(), static_cast<std::size_t>(std::lround(span.end_seconds * 16000)));
      for (const char* row : {"signal", "rms", "flatness", "mfcc_00", "mfcc_07", "mel_31", "mel_db_60"}) {
        if (!windows.column.contains(std::string(row) + "_mean")) continue;
        std::vector<double> values;
        if (row == std::string("signal")) {
          values.assign(signal.begin() + static_cast<std::ptrdiff_t>(first), signal.begin() + static_cast<std::ptrdiff_t>(last));
        } else {
          for (std::size_t frame = (first + 511) / 512; frame * 512 < last || (span.partial && frame * 512 <= last); ++frame) {
            if (frame < frames.features.windows.size()) values.push_back(frames.get(std::string(row) + "_mean", frame));
          }
          // The last frame of a clip has no window of a millisecond where fewer samples follow it.
          if (values.size() + first / 512 > frames.features.windows.size() || (span.partial && signal.size() % 512 < 16)) continue;
        }
        for (const auto& [functional, expected] : plain_functionals(values)) {
          ++compared;
          const double ours = windows.get(std::string(row) + "_" + functional, window);
          ASSERT_EQ(std::isnan(ours), std::isnan(expected)) << row << " " << functional << " of window " << window;
          if (!std::isnan(expected)) {
            ASSERT_NEAR(ours, expected, 2e-7 * (std::abs(expected) + (functional == "entropy"))) << row << " " << functional;
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 10000);
}

}  // namespace
}  // namespace voxlake::features
