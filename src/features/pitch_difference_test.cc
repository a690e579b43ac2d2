#include "features/pitch_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace voxlake::features {
namespace {

std::vector<float> random_signal(size_t samples) {
  std::mt19937 random(3);
  std::vector<float> signal;
  for (size_t i = 0; i < samples; ++i) {
    signal.push_back(static_cast<float>(0.2 * std::sin(0.05 * static_cast<double>(i)) + (random() % 2000) / 10000.0 - 0.1));
  }
  return signal;
}

// The definition, in time and in float64. As in librosa a frame is compared with its own shifted self, zeros following it, and the energy
// that the shift pushes out at the far end is left in; the energy before the first period is left out.
std::vector<double> plain_difference(const std::vector<float>& signal, int64_t start, int length, int min_period, int max_period) {
  const auto sample = [&](int i) {
    const int64_t at = start + i;
    return i < length && at >= 0 && at < static_cast<int64_t>(signal.size()) ? static_cast<double>(signal[static_cast<size_t>(at)]) : 0.0;
  };
  std::vector<double> out;
  double before = 0;
  double sum = 0;
  for (int period = 1; period <= max_period; ++period) {
    double difference = 0;
    for (int i = 0; i < length; ++i) difference += 2 * sample(i) * (sample(i) - sample(i + period));
    before += sample(period - 1) * sample(period - 1);
    if (period > 1) difference -= before;
    sum += difference;
    if (period >= min_period) out.push_back(difference * period / sum);
  }
  return out;
}

TEST(NormalisedDifference, IsItsDefinitionForCentredFrames) {
  const std::vector<float> signal = random_signal(3000);
  for (int length : {256, 255, 300}) {
    NormalisedDifference difference(length, 100, 5, 120);
    for (size_t frame = 0; frame < 31; ++frame) {
      difference.compute(signal, frame, 1);
      const auto expected = plain_difference(signal, static_cast<int64_t>(frame) * 100 - length / 2, length, 5, 120);
      ASSERT_EQ(difference.frame(0).size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(difference.frame(0)[i], expected[i], 2e-4) << length << " " << frame << " " << i;
    }
  }
}

TEST(NormalisedDifference, HasTheSameBitsWhateverFramesAreComputedBeside) {
  const std::vector<float> signal = random_signal(20000);
  NormalisedDifference alone(2048, 512, 32, 247);
  NormalisedDifference together(2048, 512, 32, 247);
  const size_t batch = NormalisedDifference::batch();
  for (size_t first = 0; first + batch <= 40; first += batch) {
    together.compute(signal, first, batch);
    for (size_t i = 0; i < batch; ++i) {
      alone.compute(signal, first + i, 1);
      ASSERT_EQ(std::memcmp(alone.frame(0).data(), together.frame(i).data(), alone.periods() * sizeof(double)), 0);
    }
  }
}

}  // namespace
}  // namespace voxlake::features
