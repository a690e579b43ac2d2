#include "features/pitch_candidates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace voxlake::features {
namespace {

// Threshold by threshold and trough by trough, as the paper tells it.
std::map<size_t, double> trough_probabilities(const std::vector<double>& difference, const PitchOptions& options) {
  std::vector<size_t> troughs;
  for (size_t i = 0; i < difference.size(); ++i) {
    const bool falls = i == 0 || difference[i] < difference[i - 1];
    const bool rises = i + 1 == difference.size() || (i == 0 ? difference[i] < difference[i + 1] : difference[i] <= difference[i + 1]);
    if (falls && rises) troughs.push_back(i);
  }
  std::map<size_t, double> probability;
  for (int k = 0; k < options.n_thresholds && !troughs.empty(); ++k) {
    const double threshold = (k + 1.0) / options.n_thresholds;
    const double prior = beta_cdf(threshold, options.beta_a, options.beta_b) -
                         beta_cdf(threshold - 1.0 / options.n_thresholds, options.beta_a, options.beta_b);
    std::vector<size_t> below;
    size_t deepest = troughs.front();
    for (size_t trough : troughs) {
      if (difference[trough] < threshold) below.push_back(trough);
      if (difference[trough] < difference[deepest]) deepest = trough;
    }
    double sum = 0;
    for (size_t i = 0; i < below.size(); ++i) sum += std::exp(-options.boltzmann_parameter * static_cast<double>(i));
    for (size_t i = 0; i < below.size(); ++i)
      probability[below[i]] += prior * std::exp(-options.boltzmann_parameter * static_cast<double>(i)) / sum;
    if (below.empty()) probability[deepest] += prior * options.no_trough_prob;
  }
  return probability;
}

TEST(PitchCandidates, GiveEachTroughTheShareOfTheThresholdsAboveIt) {
  std::mt19937 random(2);
  const PitchOptions options;
  PitchCandidates candidates(options);
  const auto periods = static_cast<size_t>(candidates.max_period() - candidates.min_period()) + 1;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> difference;
    const double lift = trial % 3 * 0.3;
    // Changes every third period, so that there are flat stretches and no two troughs within a bin.
    for (size_t i = 0; i < periods; ++i)
      difference.push_back(i % 3 == 0 ? lift + std::generate_canonical<double, 53>(random) : difference.back());
    candidates.compute(difference);
    double expected = 0;
    for (const auto& [index, probability] : trough_probabilities(difference, options)) expected += probability;
    EXPECT_NEAR(candidates.voiced_prob(), expected, 1e-12);
    double sum = 0;
    int32_t previous = -1;
    for (const PitchCandidate& candidate : candidates.candidates()) {
      EXPECT_GT(candidate.probability, 0);
      EXPECT_GT(candidate.bin, previous);
      EXPECT_LT(candidate.bin, candidates.bins());
      previous = candidate.bin;
      sum += candidate.probability;
    }
    EXPECT_NEAR(sum, expected, 1e-12);
  }
}

TEST(PitchCandidates, RefineThePeriodByAParabola) {
  PitchCandidates candidates(PitchOptions{.fmin = 100, .fmax = 400});  // periods 40 to 160 at 16 kHz
  std::vector<double> difference;
  for (int period = 40; period <= 160; ++period) difference.push_back(0.001 + std::pow((period - 79.6) / 100, 2));
  candidates.compute(difference);
  ASSERT_EQ(candidates.candidates().size(), 1U);
  EXPECT_EQ(candidates.candidates()[0].bin, std::lround(120 * std::log2(16000 / 79.6 / 100)));
  EXPECT_NEAR(candidates.voiced_prob(), 1, 1e-12);
}

TEST(PitchCandidates, AreNoneWhereNothingVaries) {
  PitchCandidates candidates(PitchOptions{});
  candidates.compute(std::vector<double>(216, 0.0));
  EXPECT_TRUE(candidates.candidates().empty());
  EXPECT_EQ(candidates.voiced_prob(), 0);
}

// For whole a and b it is a binomial tail (DLMF 8.17.5).
TEST(BetaCdf, IsTheBinomialTailForWholeParameters) {
  for (int a : {1, 2, 5, 18}) {
    for (int b : {1, 2, 18, 40}) {
      for (double x : {0.001, 0.01, 0.1, 0.25, 0.5, 0.77, 0.99}) {
        const int n = a + b - 1;
        double expected = 0;
        for (int j = a; j <= n; ++j) {
          expected += std::exp(std::lgamma(n + 1) - std::lgamma(j + 1) - std::lgamma(n - j + 1)) * std::pow(x, j) * std::pow(1 - x, n - j);
        }
        EXPECT_NEAR(beta_cdf(x, a, b), expected, 1e-13) << a << " " << b << " " << x;
      }
    }
  }
  EXPECT_EQ(beta_cdf(0, 2, 18), 0);
  EXPECT_EQ(beta_cdf(1, 2, 18), 1);
  EXPECT_NEAR(beta_cdf(0.5, 0.5, 0.5), 0.5, 1e-14);
}

}  // namespace
}  // namespace voxlake::features
