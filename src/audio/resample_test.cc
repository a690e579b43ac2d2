#include "audio/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "audio/golden_audio.h"

namespace voxlake::audio {
namespace {

TEST(Resample, EqualsLibrosaAtEveryRate) {
  for (const auto& row : read_golden_rows("files.tsv")) {
    const std::string name = row[0].substr(0, row[0].find('.'));
    const std::vector<float> native = read_golden_floats(name + ".mono.f32");
    const std::vector<float> expected = read_golden_floats(name + ".16k.f32");
    const auto resampled = resample(native, std::stoi(row[2]), 16000);
    ASSERT_TRUE(resampled);
    ASSERT_EQ(resampled->size(), expected.size()) << name;
    for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR((*resampled)[i], expected[i], 1e-5) << name << " at " << i;
  }
}

TEST(Resample, GivesTheLengthThatLibrosaGives) {
  for (int32_t from : {8000, 11025, 12345, 22050, 32000, 44100, 48000, 96000}) {
    for (size_t length : {1U, 2U, 3U, 100U, 4999U}) {
      const auto resampled = resample(std::vector<float>(length, 0.1F), from, 16000);
      ASSERT_TRUE(resampled);
      EXPECT_EQ(resampled->size(), static_cast<size_t>(std::ceil(static_cast<double>(length) * (16000.0 / from))));
    }
  }
}

TEST(Resample, CopiesWhereTheRatesAreEqual) {
  const std::vector<float> signal = formula_signal(5, {{777, 100}});
  EXPECT_EQ(*resample(signal, 16000, 16000), signal);
}

TEST(Resample, GivesNothingForNothing) {
  EXPECT_TRUE(resample({}, 8000, 16000)->empty());
}

TEST(Resample, RefusesRatesThatAreNotAboveZero) {
  EXPECT_EQ(resample(std::vector<float>(9), 0, 16000).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(resample(std::vector<float>(9), 16000, -1).error().kind, ErrorKind::invalid_argument);
}

TEST(Resample, KeepsAToneOverManyPieces) {
  const auto tone = [](double rate, size_t samples) {
    std::vector<float> signal(samples);
    for (size_t i = 0; i < samples; ++i)
      signal[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / rate));
    return signal;
  };
  const auto resampled = resample(tone(44100, 44100 * 20), 44100, 16000);
  const std::vector<float> expected = tone(16000, 16000 * 20);
  ASSERT_TRUE(resampled);
  ASSERT_EQ(resampled->size(), expected.size());
  for (size_t i = 4000; i < expected.size() - 4000; ++i) ASSERT_NEAR((*resampled)[i], expected[i], 1e-4) << i;
}

}  // namespace
}  // namespace voxlake::audio
