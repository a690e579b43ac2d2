#include "report/spread.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace voxlake::report {
namespace {

std::vector<double> sorted_finite(const std::vector<double>& values) {
  std::vector<double> sorted;
  std::ranges::copy_if(values, std::back_inserter(sorted), [](double value) { return std::isfinite(value); });
  std::ranges::sort(sorted);
  return sorted;
}

std::vector<double> all_sorted(std::span<const NamedValues> series) {
  std::vector<double> all;
  for (const auto& [name, values] : series) all.insert(all.end(), values.begin(), values.end());
  return sorted_finite(all);
}

// The least of 1, 2, 5, 10, 20, … times a power of ten that is not under `width`.
double round_width(double width) {
  const double power = std::pow(10.0, std::floor(std::log10(width)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= width * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

// How often a value of `ones` lies above one of `others`, both sorted; ties count half (Mann and Whitney's U over the number of pairs).
double share_above(const std::vector<double>& ones, const std::vector<double>& others) {
  double wins = 0;
  size_t below = 0;
  size_t not_above = 0;
  for (const double one : ones) {
    while (below < others.size() && others[below] < one) ++below;
    while (not_above < others.size() && others[not_above] <= one) ++not_above;
    wins += static_cast<double>(below) + 0.5 * static_cast<double>(not_above - below);
  }
  return wins / (static_cast<double>(ones.size()) * static_cast<double>(others.size()));
}

}  // namespace

Histogram histogram_from_zero(std::span<const NamedValues> series, int64_t most_bins) {
  Histogram result;
  const std::vector<double> all = all_sorted(series);
  if (all.empty()) return result;
  const double reach = std::max(quantile(all, 0.995), 1e-9);
  const double width = round_width(reach / static_cast<double>(most_bins));
  const auto bins = static_cast<size_t>(std::max(1.0, std::floor(reach / width * (1 + 1e-12)) + 1));
  for (size_t edge = 0; edge <= bins; ++edge) result.edges.push_back(static_cast<double>(edge) * width);
  for (const auto& [name, values] : series) {
    Series counted{name, std::vector<int64_t>(bins)};
    for (const double value : values) {
      if (!std::isfinite(value)) continue;
      counted.counts[static_cast<size_t>(std::clamp(value / width, 0.0, static_cast<double>(bins - 1)))] += 1;
    }
    result.series.push_back(std::move(counted));
  }
  return result;
}

double quantile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

void describe_spread(std::span<const NamedValues> genders, FeatureFacts& feature, int64_t bins) {
  const std::vector<double> all = all_sorted(genders);
  double low = quantile(all, 0.005);
  double high = quantile(all, 0.995);
  if (!(high > low)) {  // all the same: a bin around it; or no value at all
    const double half = std::max(std::abs(low) * 0.05, 1e-6);
    low -= half;
    high += half;
  }
  if (!all.empty()) {
    for (int64_t edge = 0; edge <= bins; ++edge) {
      feature.edges.push_back(low + (high - low) * static_cast<double>(edge) / static_cast<double>(bins));
    }
  }
  std::vector<double> female;
  std::vector<double> male;
  for (const auto& [gender, values] : genders) {
    std::vector<double> sorted = sorted_finite(values);
    FeatureSpread spread{gender,
                         std::vector<int64_t>(all.empty() ? 0 : static_cast<size_t>(bins)),
                         quantile(sorted, 0.05),
                         quantile(sorted, 0.25),
                         quantile(sorted, 0.5),
                         quantile(sorted, 0.75),
                         quantile(sorted, 0.95)};
    for (const double value : sorted) {
      if (value < low || value > high) continue;
      const auto bin = static_cast<int64_t>((value - low) / (high - low) * static_cast<double>(bins));
      spread.counts[static_cast<size_t>(std::min(bin, bins - 1))] += 1;
    }
    feature.spreads.push_back(std::move(spread));
    if (gender == "female")
      female = std::move(sorted);
    else if (gender == "male")
      male = std::move(sorted);
  }
  if (!female.empty() && !male.empty()) feature.separation = share_above(female, male);
}

}  // namespace voxlake::report
