#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace voxlake::features {

/// What is said of a series of values: numpy's and scipy.stats' definitions, in float64.
enum class Functional {
  mean,
  median,
  mode,        ///< the smallest of the most frequent values
  mode_count,  ///< how often it occurs
  min,
  max,
  range,
  variance,  ///< of the population (ddof 0)
  deviation,
  first_quartile,  ///< numpy's linear interpolation
  third_quartile,
  interquartile_range,
  entropy,   ///< natural log, of the values scaled to sum 1; undefined where one is negative or the sum is 0
  kurtosis,  ///< Fisher's, biased; undefined for a constant
  skewness,  ///< biased; undefined for a constant
  // Made of the variance where a set asks for them; the fifteen above are what "all" means.
  sample_variance,   ///< ddof 1; undefined for one value
  sample_deviation,  ///< the same
};
inline constexpr int kFunctionals = 15;
inline constexpr int kNamedFunctionals = 17;

/// The end of a column's name: `mean`, `mode_count`, `q1`, `sample_var`.
std::string_view to_string(Functional functional);

using Summary = std::array<double, kFunctionals>;
inline double& at(Summary& summary, Functional functional) {
  return summary[static_cast<std::size_t>(functional)];
}

/// What stands for a value that is not defined.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A functional of `count` values by their summary; those of a sample are made of the population's, and undefined for one value.
double value_of(const Summary& summary, Functional functional, int64_t count);

/// All functionals of `values` (finite), indexed by Functional; NaN where undefined, and everywhere if there is no value.
/// The kernels do the same for sixteen series at once.
Summary summarise(std::span<const double> values);

/// Where a quantile lies among `count` sorted values, by numpy's linear rule: between sorted[below] and sorted[above].
struct QuantilePosition {
  int below = 0;
  int above = 0;
  double fraction = 0;
};
QuantilePosition quantile_position(long long count, double quantile);
/// numpy's interpolation, which is exact at both ends.
inline double interpolate(double below, double above, double fraction) {
  const double difference = above - below;
  return fraction >= 0.5 ? above - difference * (1 - fraction) : below + difference * fraction;
}

}  // namespace voxlake::features
