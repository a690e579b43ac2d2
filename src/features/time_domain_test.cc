#include "features/time_domain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

/// librosa's definition, word for word: pad by the edge, cut into frames, compare signs.
double plain_zero_crossing_rate(const std::vector<float>& signal, int64_t frame) {
  const auto sample = [&](int64_t i) { return signal[std::clamp<int64_t>(i, 0, static_cast<int64_t>(signal.size()) - 1)]; };
  const auto is_negative = [](float x) { return x < 0 && std::abs(x) > 1e-10F; };
  int crossings = 0;
  for (int64_t i = frame * 512 - 1023; i < frame * 512 + 1024; ++i) crossings += is_negative(sample(i)) != is_negative(sample(i - 1));
  return crossings / 2048.0;
}

double plain_rms(const std::vector<float>& signal, int64_t frame) {
  double sum = 0;
  for (int64_t i = frame * 512 - 1024; i < frame * 512 + 1024; ++i) {
    if (i >= 0 && i < static_cast<int64_t>(signal.size())) sum += static_cast<double>(signal[i]) * static_cast<double>(signal[i]);
  }
  return std::sqrt(sum / 2048);
}

TEST(TimeDomainTest, EqualsThePlainDefinitionsAtEveryLength) {
  for (const std::size_t samples : {1, 2, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4000, 10000}) {
    std::vector<float> signal = noise_signal(samples, static_cast<uint32_t>(samples));
    for (std::size_t i = 0; i < samples; i += 5) signal[i] = i % 2 == 0 ? 0.0F : -5e-11F;
    const int64_t frames = frame_count(samples);
    std::vector<double> crossings(frames);
    std::vector<float> rms(frames);
    frame_zero_crossing_rate(signal, 0, crossings);
    frame_rms(signal, 0, rms);
    for (int64_t frame = 0; frame < frames; ++frame) {
      EXPECT_EQ(crossings[frame], plain_zero_crossing_rate(signal, frame)) << samples << " " << frame;
      EXPECT_NEAR(rms[frame], plain_rms(signal, frame), 1e-7 * plain_rms(signal, frame)) << samples << " " << frame;
    }
  }
}

TEST(TimeDomainTest, FramesFromTheMiddleAreTheSame) {
  const std::vector<float> signal = noise_signal(20000, 8);
  std::vector<float> all(frame_count(signal.size()));
  std::vector<float> some(5);
  frame_rms(signal, 0, all);
  frame_rms(signal, 17, some);
  for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i], all[17 + i]);
}

}  // namespace
}  // namespace voxlake::features
