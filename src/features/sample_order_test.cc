#include "features/sample_order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "features/functional.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

void expect_described(std::span<const float> signal, std::span<const std::pair<int64_t, int64_t>> windows) {
  SampleOrder order;
  order.start(signal, survey_of(signal, kernels::best_kernels()));
  for (const auto& [first, count] : windows) {
    SCOPED_TRACE(std::to_string(first) + " + " + std::to_string(count));
    const auto part = signal.subspan(first, count);
    const Summary expected = summarise(std::vector<double>(part.begin(), part.end()));
    const auto get = [&](Functional functional) { return expected[static_cast<std::size_t>(functional)]; };
    const OrderStatistics found = order.describe(first, count);
    EXPECT_EQ(found.min, get(Functional::min));
    EXPECT_EQ(found.max, get(Functional::max));
    EXPECT_EQ(found.mode, get(Functional::mode));
    EXPECT_EQ(static_cast<double>(found.mode_count), get(Functional::mode_count));
    EXPECT_EQ(found.first_quartile, get(Functional::first_quartile));
    EXPECT_EQ(found.median, get(Functional::median));
    EXPECT_EQ(found.third_quartile, get(Functional::third_quartile));
  }
}

constexpr std::pair<int64_t, int64_t> kSliding[] = {{0, 3000}, {1000, 3000}, {2000, 3000}, {2000, 3100}, {5500, 500}, {100, 9000},
                                                    {0, 1},    {1, 2},       {7, 3},       {9, 4},       {9, 5},      {9995, 5}};

TEST(SampleOrderTest, CountsSixteenBitSamplesWhileTheWindowSlides) {
  expect_described(noise_signal(10000, 1), kSliding);
}

TEST(SampleOrderTest, SortsOtherSamples) {
  expect_described(noise_signal(10000, 1, 0.7F), kSliding);
}

TEST(SampleOrderTest, TakesFullScaleOnBothSides) {
  std::vector<float> signal = noise_signal(10000, 2);
  for (std::size_t i = 0; i < signal.size(); i += 3) signal[i] = i % 2 == 0 ? 1.0F : -1.0F;
  expect_described(signal, kSliding);
}

TEST(SampleOrderTest, TakesSamplesBeyondFullScale) {
  expect_described(noise_signal(10000, 3, 5.0F), kSliding);
}

TEST(SampleOrderTest, MinusZeroIsZero) {
  std::vector<float> signal(10000, 0.1F);
  for (std::size_t i = 0; i < signal.size(); i += 2) signal[i] = i % 4 == 0 ? 0.0F : -0.0F;
  expect_described(signal, kSliding);
}

TEST(SampleOrderTest, SortsALongWindowInParts) {
  const std::vector<float> signal = noise_signal(9'000'000, 6, 0.3F);
  const std::pair<int64_t, int64_t> everything[] = {{0, 9'000'000}};
  expect_described(signal, everything);
}

}  // namespace
}  // namespace voxlake::features
