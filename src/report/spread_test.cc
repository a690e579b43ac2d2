#include "report/spread.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace voxlake::report {
namespace {

int64_t total(const std::vector<int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

TEST(Quantile, IsNumpysLinearInterpolation) {
  const std::vector<double> values{1, 2, 4, 8, 16};  // numpy.quantile(values, [.05, .25, .5, .9]) = 1.2, 2, 4, 12.8
  EXPECT_NEAR(quantile(values, 0.05), 1.2, 1e-12);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 2);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 4);
  EXPECT_NEAR(quantile(values, 0.9), 12.8, 1e-12);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(HistogramFromZero, HasRoundBinsAndCountsEveryFiniteValue) {
  const std::vector<NamedValues> series{{"a", {0.0, 0.4, 0.6, 3.9, NAN}}, {"b", {7.2, 7.4}}};
  const Histogram result = histogram_from_zero(series, 10);
  ASSERT_GE(result.edges.size(), 2U);
  EXPECT_DOUBLE_EQ(result.edges[1] - result.edges[0], 1.0);
  EXPECT_DOUBLE_EQ(result.edges.back(), 8.0);
  EXPECT_EQ(result.series[0].counts, (std::vector<int64_t>{3, 0, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(result.series[1].counts, (std::vector<int64_t>{0, 0, 0, 0, 0, 0, 0, 2}));
}

TEST(HistogramFromZero, CountsWhatLiesFarBeyondTheRestInItsLastBin) {
  std::vector<double> values(1000, 5.0);
  values.push_back(7200.0);
  const Histogram result = histogram_from_zero(std::vector<NamedValues>{{"a", values}}, 40);
  EXPECT_LT(result.edges.back(), 10.0);
  EXPECT_EQ(total(result.series[0].counts), 1001);
}

TEST(HistogramFromZero, IsEmptyWhereThereIsNoValue) {
  EXPECT_TRUE(histogram_from_zero({}).edges.empty());
  EXPECT_TRUE(histogram_from_zero(std::vector<NamedValues>{{"a", {}}}).edges.empty());
}

TEST(HistogramFromZero, TakesZerosAlone) {
  EXPECT_EQ(histogram_from_zero(std::vector<NamedValues>{{"a", {0, 0}}}).series[0].counts[0], 2);
}

TEST(DescribeSpread, GivesTheShareOfPairsInWhichTheFemaleValueIsHigher) {
  FeatureFacts feature;
  describe_spread(std::vector<NamedValues>{{"female", {3, 1, 2}}, {"male", {2, 0}}}, feature);
  ASSERT_TRUE(feature.separation);
  EXPECT_DOUBLE_EQ(*feature.separation, 4.5 / 6);  // of 6 pairs: 4 won, 1 tied
  ASSERT_EQ(feature.spreads.size(), 2U);
  EXPECT_DOUBLE_EQ(feature.spreads[0].median, 2);
}

TEST(DescribeSpread, DrawsWithoutTheOutermostValues) {
  std::vector<double> values;
  for (int i = 0; i < 999; ++i) values.push_back(i / 998.0);
  values.push_back(1e9);
  FeatureFacts feature;
  describe_spread(std::vector<NamedValues>{{"male", values}}, feature);
  EXPECT_LT(feature.edges.back(), 1.0);
  EXPECT_GE(total(feature.spreads[0].counts), 985);
  EXPECT_FALSE(feature.separation);
}

TEST(DescribeSpread, CopesWithOneValueAndWithNone) {
  FeatureFacts same;
  describe_spread(std::vector<NamedValues>{{"male", {4, 4, 4}}, {"female", {NAN}}}, same);
  EXPECT_LT(same.edges.front(), 4);
  EXPECT_GT(same.edges.back(), 4);
  EXPECT_EQ(total(same.spreads[0].counts), 3);
  EXPECT_EQ(total(same.spreads[1].counts), 0);
  FeatureFacts none;
  describe_spread(std::vector<NamedValues>{{"male", {}}}, none);
  EXPECT_TRUE(none.edges.empty());
  EXPECT_TRUE(std::isnan(none.spreads[0].median));
}

}  // namespace
}  // namespace voxlake::report
