#include "features/functional.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "features/logarithm.h"

namespace voxlake::features {
namespace {

void summarise_order(std::vector<double>& sorted, Summary& out) {
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double q) {
    const QuantilePosition position = quantile_position(static_cast<long long>(sorted.size()), q);
    return interpolate(sorted[position.below], sorted[position.above], position.fraction);
  };
  at(out, Functional::median) = quantile(0.5);
  at(out, Functional::first_quartile) = quantile(0.25);
  at(out, Functional::third_quartile) = quantile(0.75);
  at(out, Functional::interquartile_range) = at(out, Functional::third_quartile) - at(out, Functional::first_quartile);
  at(out, Functional::min) = sorted.front();
  at(out, Functional::max) = sorted.back();
  at(out, Functional::range) = sorted.back() - sorted.front();
  int best = 0;
  int run = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
    if (run > best) {
      best = run;
      at(out, Functional::mode) = sorted[i];
    }
  }
  at(out, Functional::mode_count) = best;
}

void summarise_moments(std::span<const double> values, Summary& out) {
  const double count = static_cast<double>(values.size());
  double sum = 0;
  for (const double x : values) sum += x;
  const bool is_constant = at(out, Functional::range) == 0;
  const double mean = is_constant ? values[0] : sum / count;
  double second = 0;
  double third = 0;
  double fourth = 0;
  for (const double x : values) {
    const double d = x - mean;
    second += d * d;
    third += d * d * d;
    fourth += d * d * (d * d);
  }
  second /= count;
  third /= count;
  fourth /= count;
  at(out, Functional::mean) = mean;
  at(out, Functional::variance) = second;
  at(out, Functional::deviation) = std::sqrt(second);
  const double resolution = std::numeric_limits<double>::epsilon() * mean;
  if (second > resolution * resolution) {
    at(out, Functional::kurtosis) = fourth / (second * second) - 3;
    at(out, Functional::skewness) = third / (second * std::sqrt(second));
  }
}

void summarise_entropy(std::span<const double> values, Summary& out) {
  if (at(out, Functional::min) < 0) return;
  double sum = 0;
  double weighted = 0;
  for (const double x : values) {
    sum += x;
    if (x > 0) weighted += x * natural_log(x);
  }
  if (sum > 0) at(out, Functional::entropy) = std::max(0.0, natural_log(sum) - weighted / sum);
}

}  // namespace

std::string_view to_string(Functional functional) {
  static constexpr std::array<std::string_view, kNamedFunctionals> kNames = {
      "mean", "median", "mode", "mode_count", "min",      "max",      "range",      "var",       "std",
      "q1",   "q3",     "iqr",  "entropy",    "kurtosis", "skewness", "sample_var", "sample_std"};
  return kNames[static_cast<std::size_t>(functional)];
}

double value_of(const Summary& summary, Functional functional, int64_t count) {
  const bool is_deviation = functional == Functional::sample_deviation;
  if (!is_deviation && functional != Functional::sample_variance) return summary[static_cast<std::size_t>(functional)];
  if (count < 2) return std::numeric_limits<double>::quiet_NaN();
  const double population = summary[static_cast<std::size_t>(Functional::variance)];
  const double variance = population * (static_cast<double>(count) / static_cast<double>(count - 1));
  return is_deviation ? std::sqrt(variance) : variance;
}

QuantilePosition quantile_position(long long count, double quantile) {
  const double place = quantile * static_cast<double>(count - 1);
  QuantilePosition position;
  position.below = static_cast<int>(place);
  position.above = static_cast<int>(std::min<long long>(position.below + 1, count - 1));
  position.fraction = place - position.below;
  return position;
}

Summary summarise(std::span<const double> values) {
  Summary out;
  out.fill(std::numeric_limits<double>::quiet_NaN());
  if (values.empty()) return out;
  std::vector<double> sorted(values.begin(), values.end());
  summarise_order(sorted, out);
  summarise_moments(values, out);
  summarise_entropy(values, out);
  return out;
}

}  // namespace voxlake::features
