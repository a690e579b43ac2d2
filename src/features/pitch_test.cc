#include "features/pitch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <numbers>
#include <sstream>
#include <string>

namespace voxlake::features {
namespace {

// The signals of tests/golden/make_pitch.py.

constexpr int32_t formula_rate = 16000;

std::vector<double> noise(size_t samples) {
  std::vector<double> out;
  uint32_t state = 1;
  for (size_t i = 0; i < samples; ++i) {
    state = state * 1664525 + 1013904223;
    out.push_back((state >> 16) / 32768.0 - 1.0);
  }
  return out;
}

double sine(double frequency, double t) {
  return std::sin(2 * std::numbers::pi * frequency * t);
}

std::vector<double> formula(const std::string& name, size_t samples) {
  constexpr double pi = std::numbers::pi;
  const std::vector<double> random = noise(samples);
  const std::map<std::string, std::function<double(size_t, double)>> formulas = {
      {"tone_100", [](size_t, double t) { return 0.9 * sine(100, t); }},
      {"tone_220", [](size_t, double t) { return 0.5 * sine(220, t); }},
      {"tone_499", [](size_t, double t) { return 0.9 * sine(499, t); }},
      {"tone_below_range", [](size_t, double t) { return 0.9 * sine(40, t); }},
      {"chirp", [](size_t, double t) { return 0.8 * std::sin(2 * pi * (60 * t + 135 * t * t)); }},
      {"vibrato", [](size_t, double t) { return 0.8 * std::sin(2 * pi * 220 * t + 8 * std::sin(2 * pi * 5 * t)); }},
      {"missing_fundamental", [](size_t, double t) { return 0.25 * (sine(390, t) + sine(520, t) + sine(650, t) + sine(780, t)); }},
      {"jump", [](size_t i, double t) { return 0.9 * sine(i < formula_rate ? 100 : 410, t); }},
      {"gap", [](size_t i, double t) { return i > 8000 && i < 18000 ? 0 : 0.9 * sine(200, t); }},
      {"clipped", [](size_t, double t) { return std::clamp(5 * sine(150, t), -1.0, 1.0); }},
      {"square", [](size_t i, double) { return i % 128 < 64 ? 0.7 : -0.7; }},
      {"impulses", [](size_t i, double) { return i % 100 == 0 ? 0.9 : 0; }},
      {"one_impulse", [](size_t i, double) { return i == 777 ? 0.9 : 0; }},
      {"constant", [](size_t, double) { return 0.3; }},
      {"ramp", [](size_t, double t) { return t / 2; }},
      {"silence", [](size_t, double) { return 0; }},
      {"noise", [&](size_t i, double) { return 0.3 * random[i]; }},
      {"faint_noise", [&](size_t i, double) { return random[i] / 30000; }},
      {"noisy_tone", [&](size_t i, double t) { return 0.3 * sine(180, t) + 0.5 * random[i]; }},
  };
  std::vector<double> out;
  for (size_t i = 0; i < samples; ++i) out.push_back(formulas.at(name)(i, static_cast<double>(i) / formula_rate));
  return out;
}

std::vector<double> voice(const std::string& name) {
  std::ifstream file(VOXLAKE_SOURCE_DIR "/tests/golden/pitch/" + name + ".i16", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(bytes.empty()) << name;
  std::vector<int16_t> samples(bytes.size() / sizeof(int16_t));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(int16_t));
  std::vector<double> out;
  for (int16_t sample : samples) out.push_back(sample / 32768.0);
  return out;
}

std::vector<float> rounded_to_16_bits(const std::vector<double>& values) {
  std::vector<float> out;
  for (double value : values) out.push_back(static_cast<float>(std::clamp(std::nearbyint(value * 32767), -32768.0, 32767.0) / 32768));
  return out;
}

std::vector<float> signal_named(const std::string& name, size_t samples) {
  if (name.find("male_") == std::string::npos) return rounded_to_16_bits(formula(name, samples));
  std::vector<double> values = voice(name.substr(0, name.find('+')));
  if (name.find("+noise") == std::string::npos) return {values.begin(), values.end()};
  const std::vector<double> random = noise(values.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] += 0.05 * random[i];
  return rounded_to_16_bits(values);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

PitchTrack track(const PitchOptions& options, const std::vector<float>& signal) {
  EXPECT_TRUE(PitchTracker::check(options));
  PitchTrack out;
  PitchTracker(options).compute(signal, out);
  return out;
}

void expect_same(const PitchTrack& left, const PitchTrack& right) {
  ASSERT_EQ(left.f0.size(), right.f0.size());
  EXPECT_EQ(std::memcmp(left.f0.data(), right.f0.data(), left.f0.size() * sizeof(float)), 0);
  EXPECT_EQ(left.voiced_prob, right.voiced_prob);
  EXPECT_EQ(left.aperiodicity, right.aperiodicity);
}

TEST(PitchTracker, FindsThePitchAndVoicingThatLibrosaFinds) {
  std::ifstream file(VOXLAKE_SOURCE_DIR "/tests/golden/pitch/expected.tsv");
  size_t rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    const std::vector<std::string> fields = split(line, '\t');
    SCOPED_TRACE(line.substr(0, 60));
    const std::vector<float> signal = signal_named(fields[0], std::stoull(fields[1]));
    ASSERT_EQ(signal.size(), std::stoull(fields[1]));
    const PitchOptions options{.rate = std::stoi(fields[2]),
                               .fmin = std::stod(fields[3]),
                               .fmax = std::stod(fields[4]),
                               .frame_length = std::stoi(fields[5]),
                               .hop_length = std::stoi(fields[6]),
                               .no_trough_prob = std::stod(fields[7])};
    const PitchTrack found = track(options, signal);
    const std::vector<std::string> bins = split(fields[8], ',');
    const std::vector<std::string> probabilities = split(fields[9], ',');
    ASSERT_EQ(found.f0.size(), bins.size());
    ASSERT_EQ(found.voiced_prob.size(), probabilities.size());
    for (size_t frame = 0; frame < bins.size(); ++frame) {
      EXPECT_EQ(std::isnan(found.f0[frame]), bins[frame] == "-") << "frame " << frame;
      if (bins[frame] != "-") {
        const double expected = options.fmin * std::exp2(std::stod(bins[frame]) / 120);
        EXPECT_NEAR(found.f0[frame], expected, 1e-6 * expected) << "frame " << frame;
      }
      EXPECT_NEAR(found.voiced_prob[frame], std::stod(probabilities[frame]), 1e-6) << "frame " << frame;
    }
  }
  EXPECT_EQ(rows, 126U);
}

TEST(PitchTracker, GivesAFrameForEachHopAndNoPitchForSilenceOfAnyLength) {
  PitchTracker tracker(PitchOptions{});
  PitchTrack out;
  for (size_t length = 1; length <= 5000; length += 7) {
    tracker.compute(std::vector<float>(length, 0.0F), out);
    ASSERT_EQ(out.f0.size(), 1 + length / 512);
    EXPECT_TRUE(std::ranges::all_of(out.f0, [](float value) { return std::isnan(value); })) << length;
    EXPECT_TRUE(std::ranges::all_of(out.voiced_prob, [](float value) { return value == 0; })) << length;
  }
}

TEST(PitchTracker, StaysWithinItsRangesForSamplesOfAnyMagnitude) {
  const std::vector<double> random = noise(6000);
  for (double magnitude : {1e-44, 1e-30, 1e-15, 1.0, 1e10, 1e19, 1e30, 3e38}) {
    std::vector<float> signal;
    for (size_t i = 0; i < random.size(); ++i) {
      signal.push_back(static_cast<float>(magnitude * (0.5 * random[i] + 0.4 * sine(150, static_cast<double>(i) / formula_rate))));
    }
    const PitchTrack found = track({}, signal);
    for (float value : found.f0) EXPECT_TRUE(std::isnan(value) || (value >= 64.9F && value <= 500.1F)) << magnitude;
    for (float value : found.voiced_prob) EXPECT_TRUE(value >= 0 && value <= 1) << magnitude;
  }
}

TEST(PitchTracker, GivesTheSameBitsWhenUsedAgain) {
  const std::vector<float> chirp = signal_named("chirp", 20000);
  const PitchTrack first = track({}, chirp);
  PitchTracker tracker(PitchOptions{});
  PitchTrack out;
  for (const char* name : {"noise", "jump", "silence", "male_english"}) tracker.compute(signal_named(name, 32000), out);
  tracker.compute(chirp, out);
  expect_same(first, out);
}

TEST(PitchTracker, DoesNotDependOnLoudnessByPowersOfTwo) {
  std::vector<float> signal = signal_named("female_english+noise", 32000);
  const PitchTrack loud = track({}, signal);
  for (float& sample : signal) sample /= 1024;
  expect_same(loud, track({}, signal));
}

TEST(PitchTracker, FindsTheSamePitchAWholeNumberOfHopsLater) {
  const std::vector<float> signal = signal_named("female_french", 32000);
  std::vector<float> later(10 * 512, 0.0F);
  later.insert(later.end(), signal.begin(), signal.end());
  const PitchTrack at_once = track({}, signal);
  const PitchTrack delayed = track({}, later);
  ASSERT_EQ(delayed.f0.size(), at_once.f0.size() + 10);
  // The beginning may differ by what came before it: a voice does not start from nowhere there.
  for (size_t frame = 0; frame < at_once.f0.size(); ++frame) {
    EXPECT_EQ(delayed.voiced_prob[frame + 10], at_once.voiced_prob[frame]);
    if (frame < 3) continue;
    EXPECT_EQ(std::isnan(delayed.f0[frame + 10]), std::isnan(at_once.f0[frame])) << frame;
    if (!std::isnan(at_once.f0[frame])) {
      EXPECT_EQ(delayed.f0[frame + 10], at_once.f0[frame]) << frame;
    }
  }
}

TEST(PitchTracker, TellsHowNoisyAFrameIs) {
  const auto middle = [](const std::string& name) { return track({}, signal_named(name, 32000)).aperiodicity[30]; };
  EXPECT_LT(middle("tone_220"), 0.02);
  // Of 0.045 + 0.083, the powers of tone and noise.
  EXPECT_NEAR(middle("noisy_tone"), 0.65, 0.1);
  EXPECT_GT(middle("noise"), 0.8);
  EXPECT_EQ(middle("silence"), 1);
}

TEST(HarmonicToNoise, IsTheRatioOfTheShares) {
  EXPECT_NEAR(harmonic_to_noise_decibels(0.5), 0, 1e-12);
  EXPECT_NEAR(harmonic_to_noise_decibels(1.0 / 11), 10, 1e-12);
  EXPECT_NEAR(harmonic_to_noise_decibels(0), 29.9957, 1e-4);
  EXPECT_NEAR(harmonic_to_noise_decibels(1.7), -29.9957, 1e-4);
}

TEST(PitchTracker, RefusesOptionsThatMakeNoSense) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<PitchOptions> wrong = {
      {.rate = 0},
      {.fmin = 0},
      {.fmin = nan},
      {.fmax = nan},
      {.fmin = 300, .fmax = 200},
      {.rate = 8000, .fmax = 4001},
      {.frame_length = 3},
      {.fmin = 65, .frame_length = 247},
      {.hop_length = 0},
      {.n_thresholds = 0},
      {.beta_a = 0},
      {.boltzmann_parameter = -1},
      {.resolution = 0},
      {.resolution = 1},
      {.max_transition_rate = -1},
      {.switch_prob = 1.5},
      {.no_trough_prob = nan},
  };
  for (size_t i = 0; i < wrong.size(); ++i) {
    const Status status = PitchTracker::check(wrong[i]);
    ASSERT_FALSE(status) << i;
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_argument);
  }
}

TEST(PitchTracker, WorksAtTheEdgesOfItsOptions) {
  const std::vector<float> signal = signal_named("male_german+noise", 32000);
  const std::vector<PitchOptions> odd = {
      {.fmin = 65, .frame_length = 249},
      {.fmin = 499, .fmax = 500},
      {.fmin = 100, .fmax = 8000, .frame_length = 400, .hop_length = 1},
      {.hop_length = 100000},
      {.n_thresholds = 1},
      {.resolution = 0.99},
      {.max_transition_rate = 0},
      {.max_transition_rate = 1e4},
      {.switch_prob = 0},
      {.switch_prob = 1},
      {.no_trough_prob = 1},
  };
  for (const PitchOptions& options : odd) {
    const PitchTrack found = track(options, {signal.begin(), signal.begin() + 8000});
    EXPECT_EQ(found.f0.size(), 1 + (8000 + 2 * (options.frame_length / 2) - options.frame_length) / options.hop_length);
    for (float value : found.f0) EXPECT_TRUE(std::isnan(value) || (value > 0.99 * options.fmin && value < 1.01 * options.fmax));
  }
}

}  // namespace
}  // namespace voxlake::features
