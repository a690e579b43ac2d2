#include "fft/real_fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace voxlake::fft {
namespace {

double value(size_t i, size_t lane) {
  return std::sin(0.7 * static_cast<double>(i * i + 1) + static_cast<double>(lane));
}

/// Straight from the definition, packed as r0, r1, i1, r2, i2, ….
std::vector<double> spectrum(size_t length, size_t lane) {
  std::vector<double> packed;
  for (size_t bin = 0; 2 * bin <= length; ++bin) {
    std::complex<double> sum = 0;
    for (size_t i = 0; i < length; ++i) {
      sum +=
          value(i, lane) * std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(bin * i % length) / static_cast<double>(length));
    }
    packed.push_back(sum.real());
    if (bin > 0 && 2 * bin < length) packed.push_back(sum.imag());
  }
  return packed;
}

TEST(RealFft, TransformsAsTheDefinitionSays) {
  for (const size_t length : {1U, 2U, 5U, 16U, 45U, 1024U}) {
    RealFft fft(length);
    ASSERT_EQ(fft.length(), length);
    std::vector<double> values(length);
    for (size_t i = 0; i < length; ++i) values[i] = value(i, 0);
    fft.forward(values.data());
    const std::vector<double> expected = spectrum(length, 0);
    for (size_t i = 0; i < length; ++i) EXPECT_NEAR(values[i], expected[i], 1e-10 * static_cast<double>(length)) << i << " of " << length;
  }
}

TEST(LaneFft, TransformsEveryLaneByItselfAndBack) {
  LaneFft fft(97);
  const size_t length = fft.length();
  ASSERT_GE(length, 97U);
  const size_t lanes = LaneFft::lanes;
  for (size_t i = 0; i < length; ++i) {
    for (size_t lane = 0; lane < lanes; ++lane) fft.values()[i * lanes + lane] = static_cast<float>(value(i, lane));
  }
  fft.forward();
  for (size_t lane = 0; lane < lanes; ++lane) {
    const std::vector<double> expected = spectrum(length, lane);
    for (size_t i = 0; i < length; ++i) EXPECT_NEAR(fft.values()[i * lanes + lane], expected[i], 1e-4) << i << " in lane " << lane;
  }
  fft.backward(1.0F / static_cast<float>(length));
  for (size_t i = 0; i < length; ++i) {
    for (size_t lane = 0; lane < lanes; ++lane) EXPECT_NEAR(fft.values()[i * lanes + lane], value(i, lane), 1e-5);
  }
}

}  // namespace
}  // namespace voxlake::fft
