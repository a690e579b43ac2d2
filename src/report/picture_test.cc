#include "report/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace voxlake::report {
namespace {

std::vector<float> tone(double hertz, int32_t rate, double seconds) {
  std::vector<float> signal(static_cast<size_t>(rate * seconds));
  for (size_t i = 0; i < signal.size(); ++i) {
    signal[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  }
  return signal;
}

TEST(Envelope, HoldsTheExtremesOfEachStretch) {
  const std::vector<float> signal{0.1F, -0.4F, 0.2F, 0.9F, -1.0F, 0.0F};
  const Envelope picture = envelope(signal, 2, 3);
  EXPECT_EQ(picture.low, (std::vector<float>{-0.4F, 0.2F, -1.0F}));
  EXPECT_EQ(picture.high, (std::vector<float>{0.1F, 0.9F, 0.0F}));
  EXPECT_DOUBLE_EQ(picture.seconds, 3.0);
}

TEST(Envelope, CoversEverySampleWhereColumnsDoNotDivideThem) {
  std::vector<float> signal(1001, 0.0F);
  signal.back() = 1.0F;
  const Envelope picture = envelope(signal, 16000, 600);
  ASSERT_EQ(picture.high.size(), 600U);
  EXPECT_EQ(picture.high.back(), 1.0F);
}

TEST(Envelope, HasNoMoreColumnsThanSamples) {
  EXPECT_EQ(envelope(std::vector<float>(5, 0.0F), 16000).low.size(), 5U);
  EXPECT_TRUE(envelope({}, 16000).low.empty());
}

TEST(MelSpectrogram, IsBrightestInTheRowOfATone) {
  for (const double hertz : {150.0, 440.0, 1000.0, 3000.0, 7000.0}) {
    const Spectrogram picture = mel_spectrogram(tone(hertz, 16000, 1.0), 16000);
    ASSERT_EQ(picture.rows, 128);
    const auto column = static_cast<size_t>(picture.columns / 2);
    size_t brightest = 0;
    for (size_t row = 1; row < 128; ++row) {
      const auto width = static_cast<size_t>(picture.columns);
      if (picture.levels[row * width + column] > picture.levels[brightest * width + column]) brightest = row;
    }
    const double spacing = picture.frequencies[std::min<size_t>(brightest + 1, 127)] - picture.frequencies[brightest - 1];
    EXPECT_NEAR(picture.frequencies[brightest], hertz, std::max(spacing, 25.0)) << hertz;
  }
}

TEST(MelSpectrogram, ReachesTheTopOfItsScaleAndIsNoWiderThanAsked) {
  const Spectrogram picture = mel_spectrogram(tone(500, 16000, 10.0), 16000, 128, 400);
  EXPECT_LE(picture.columns, 400);
  EXPECT_GE(picture.columns, 390);
  EXPECT_EQ(picture.levels.size(), 128U * static_cast<size_t>(picture.columns));
  EXPECT_EQ(*std::ranges::max_element(picture.levels), 255);
  EXPECT_NEAR(picture.seconds, 10.0, 1e-9);
}

TEST(MelSpectrogram, OfSilenceIsAllZeros) {
  const Spectrogram picture = mel_spectrogram(std::vector<float>(16000, 0.0F), 16000);
  EXPECT_EQ(*std::ranges::max_element(picture.levels), 0);
}

TEST(MelSpectrogram, OfASingleSampleAndOfNothingIsDrawn) {
  EXPECT_EQ(mel_spectrogram(std::vector<float>{0.5F}, 16000).columns, 1);
  EXPECT_EQ(mel_spectrogram({}, 16000).columns, 0);
}

// The values of the standard's decoder for the code words at both ends and around zero (G.711, table 2a).
TEST(MuLaw, GivesTheStandardsCodeWords) {
  EXPECT_EQ(mu_law(std::vector<float>{0.0F, 1.0F, -1.0F}), (std::vector<uint8_t>{0xFF, 0x80, 0x00}));
}

TEST(MuLaw, ComesBackWithinASixteenthOfEachValue) {
  for (double value = -1.0; value <= 1.0; value += 0.0017) {
    const uint8_t byte = mu_law(std::vector<float>{static_cast<float>(value)})[0];
    const int code = ~byte & 0xFF;
    const int size = ((((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)) - 0x84;
    const double back = (code & 0x80 ? -size : size) / 32768.0;
    EXPECT_NEAR(back, value, std::abs(value) / 16 + 0.001);
  }
}

TEST(MuLaw, TakesWhatIsNoNumberForSilence) {
  EXPECT_EQ(mu_law(std::vector<float>{std::nanf("")})[0], 0xFF);
}

}  // namespace
}  // namespace voxlake::report
