#include "features/functional.h"

#include <gtest/gtest.h>

#include <cmath>

#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

double get(const Summary& summary, Functional functional) {
  return summary[static_cast<std::size_t>(functional)];
}

TEST(SummariseTest, EqualsNumpyAndScipyOnTheirOwnSeries) {
  const auto golden = read_golden("summaries.records");
  int compared = 0;
  for (const auto& [name, record] : golden) {
    if (!name.ends_with("/values")) continue;
    const std::string series = name.substr(0, name.find('/'));
    const Summary ours = summarise(record.values);
    const std::vector<double>& theirs = golden.at(series + "/summary").values;
    const double scale = std::max(std::abs(get(ours, Functional::min)), std::abs(get(ours, Functional::max)));
    for (int i = 0; i < kFunctionals; ++i) {
      const auto functional = static_cast<Functional>(i);
      SCOPED_TRACE(series + " " + std::string(to_string(functional)));
      ASSERT_EQ(std::isnan(ours[i]), std::isnan(theirs[i]));
      if (std::isnan(ours[i])) continue;
      const bool is_shape = functional == Functional::kurtosis || functional == Functional::skewness || functional == Functional::entropy;
      // 1e6 + noise has lost six digits before any functional sees it.
      const double slack = series == "offset" ? 1e-8 : 1e-12;
      EXPECT_NEAR(ours[i], theirs[i], is_shape ? slack * std::max(1.0, std::abs(theirs[i])) : 1e-14 * scale + 1e-12 * std::abs(theirs[i]));
      ++compared;
    }
  }
  EXPECT_GT(compared, 200);
}

TEST(SummariseTest, TheSmallestOfTheMostFrequentValuesIsTheMode) {
  const Summary summary = summarise(std::vector<double>{3, 1, 3, 2, 1, 5});
  EXPECT_EQ(get(summary, Functional::mode), 1);
  EXPECT_EQ(get(summary, Functional::mode_count), 2);
}

TEST(SummariseTest, AConstantHasNoShapeAndNoSpread) {
  const Summary summary = summarise(std::vector<double>(94, 0.1));
  EXPECT_TRUE(std::isnan(get(summary, Functional::kurtosis)));
  EXPECT_TRUE(std::isnan(get(summary, Functional::skewness)));
  EXPECT_EQ(get(summary, Functional::variance), 0);
  EXPECT_EQ(get(summary, Functional::mean), 0.1);
}

TEST(SummariseTest, EntropyIsUndefinedWithANegativeValueOrWithoutAnyWeight) {
  EXPECT_TRUE(std::isnan(get(summarise(std::vector<double>{1, 2, -1e-9}), Functional::entropy)));
  EXPECT_TRUE(std::isnan(get(summarise(std::vector<double>{0, 0}), Functional::entropy)));
  EXPECT_NEAR(get(summarise(std::vector<double>{0, 5, 5}), Functional::entropy), std::log(2.0), 1e-15);
}

TEST(SummariseTest, OfNothingEverythingIsUndefined) {
  for (const double value : summarise({})) EXPECT_TRUE(std::isnan(value));
}

TEST(SummariseTest, GainAndShiftMoveWhatTheyShould) {
  std::vector<double> values;
  std::vector<double> moved;
  for (const float x : noise_signal(94, 5)) {
    values.push_back(static_cast<double>(x));
    moved.push_back(4 * static_cast<double>(x) + 16);
  }
  const Summary before = summarise(values);
  const Summary after = summarise(moved);
  for (const Functional place : {Functional::mean, Functional::median, Functional::min, Functional::max, Functional::first_quartile}) {
    EXPECT_NEAR(get(after, place), 4 * get(before, place) + 16, 1e-13);
  }
  for (const Functional spread : {Functional::deviation, Functional::range, Functional::interquartile_range}) {
    EXPECT_NEAR(get(after, spread), 4 * get(before, spread), 1e-13);
  }
  for (const Functional shape : {Functional::kurtosis, Functional::skewness}) EXPECT_NEAR(get(after, shape), get(before, shape), 1e-12);
}

}  // namespace
}  // namespace voxlake::features
