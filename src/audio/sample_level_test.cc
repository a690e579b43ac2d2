#include "audio/sample_level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace voxlake::audio {
namespace {

std::vector<float> noise(size_t count) {
  std::vector<float> samples(count);
  uint32_t hash = 1;
  for (float& sample : samples) {
    hash = hash * 1664525U + 1013904223U;
    sample = static_cast<float>(static_cast<int32_t>(hash) >> 16) / 32768.0F;
  }
  return samples;
}

TEST(SampleLevelTest, IsTheLargestSizeAndTheRootOfTheMeanSquareAtEveryLength) {
  for (size_t count = 1; count < 100; ++count) {
    const std::vector<float> samples = noise(count);
    double squares = 0;
    float peak = 0;
    for (const float sample : samples) {
      squares += static_cast<double>(sample) * static_cast<double>(sample);
      peak = std::max(peak, std::abs(sample));
    }
    SampleLevel level;
    level.add(samples);
    EXPECT_EQ(level.peak(), peak);
    EXPECT_EQ(level.rms(), static_cast<float>(std::sqrt(squares / static_cast<double>(count))));  // 16-bit steps: exact
  }
  EXPECT_EQ(SampleLevel().peak(), 0);
  EXPECT_EQ(SampleLevel().rms(), 0);
}

TEST(SampleLevelTest, DoesNotDependOnThePieces) {
  std::vector<float> samples = noise(1000);
  for (float& sample : samples) sample *= 0.7F;
  SampleLevel whole;
  whole.add(samples);
  for (const size_t piece : {1, 3, 8, 13, 100}) {
    SampleLevel level;
    for (size_t begin = 0; begin < samples.size(); begin += piece) {
      level.add(std::span<const float>(samples).subspan(begin, std::min(piece, samples.size() - begin)));
    }
    EXPECT_EQ(level.peak(), whole.peak());
    EXPECT_EQ(level.rms(), whole.rms());
  }
}

TEST(ToFloatsTest, GivesEverySixteenBitSampleExactly) {
  std::vector<int16_t> samples;
  for (int32_t sample = -32768; sample <= 32767; ++sample) samples.push_back(static_cast<int16_t>(sample));
  std::vector<float> floats(samples.size() + 1, 7);
  to_floats(samples, floats);
  for (size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(floats[i], static_cast<float>(samples[i]) / 32768.0F);
  EXPECT_EQ(floats.back(), 7) << "no more than there are";
}

TEST(FindNotFiniteTest, NamesTheFirstSampleThatIsNone) {
  EXPECT_EQ(find_not_finite({}), std::nullopt);
  std::vector<float> samples = noise(50);
  EXPECT_EQ(find_not_finite(samples), std::nullopt);
  samples[31] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(find_not_finite(samples), 31);
  samples[4] = -std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(find_not_finite(samples), 4);
  samples[4] = std::numeric_limits<float>::max();
  samples[31] = -std::numeric_limits<float>::max();
  EXPECT_EQ(find_not_finite(samples), std::nullopt);
}

}  // namespace
}  // namespace voxlake::audio
