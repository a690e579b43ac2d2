#include "dataset/transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace voxlake::dataset {
namespace {

/// The training values of a column that are there, and how many are not.
struct TrainingValues {
  std::vector<float> present;
  int64_t missing = 0;

  double rows() const { return static_cast<double>(present.size()) + static_cast<double>(missing); }
};

TrainingValues training_values(std::span<const float> values, std::span<const RowRole> roles) {
  TrainingValues training;
  training.present.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (roles[i] == not_training) continue;
    if (std::isfinite(values[i])) {
      training.present.push_back(values[i]);
    } else {
      ++training.missing;
    }
  }
  return training;
}

/// Reorders `values`, of which there is at least one.
double median_of(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (static_cast<double>(*std::max_element(values.begin(), middle)) + static_cast<double>(*middle)) / 2;
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

/// Mean and population variance in two passes, the second with the correction for the first mean's rounding (Chan, Golub and LeVeque 1983,
/// doi 10.1080/00031305.1983.10483115): exact enough for values that lie far from zero and close together.
Moments moments_of(const TrainingValues& training, double median) {
  const double rows = training.rows();
  const auto missing = static_cast<double>(training.missing);
  double sum = missing * median;
  for (const float value : training.present) sum += value;
  const double mean = sum / rows;
  double deviations = missing * (median - mean);
  double squares = missing * (median - mean) * (median - mean);
  for (const float value : training.present) {
    const double deviation = value - mean;
    deviations += deviation;
    squares += deviation * deviation;
  }
  return {mean + deviations / rows, std::max(0.0, (squares - deviations * deviations / rows) / rows)};
}

/// StandardScaler's scale: a deviation that is no more than rounding counts as none.
double scale_of(const Moments& moments, double rows) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double rounding = rows * moments.mean * epsilon;
  if (moments.variance <= rows * epsilon * moments.variance + rounding * rounding) return 1;
  return std::sqrt(moments.variance);
}

struct ClassSums {
  double rows = 0;
  double sum = 0;  ///< of deviations from the labelled rows' mean
  double squares = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void add(double deviation) {
    rows += 1;
    sum += deviation;
    squares += deviation * deviation;
    least = std::min(least, deviation);
    most = std::max(most, deviation);
  }
  /// Sum of squared distances from the class's own mean; none at all where all are the same.
  double within() const { return least == most ? 0 : std::max(0.0, squares - sum * sum / rows); }
};

/// One-way ANOVA: the variance between the classes' means over that within them, each by its degrees of freedom.
std::optional<double> f_score(std::span<const float> values, std::span<const RowRole> roles, double median) {
  const auto imputed = [&](size_t i) { return std::isfinite(values[i]) ? values[i] : median; };
  double labelled = 0;
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (roles[i] < 0) continue;
    labelled += 1;
    total += imputed(i);
  }
  // Unlabelled rows do not count here, so neither may their outliers: distances are from the labelled rows' own mean.
  const double mean = total / labelled;
  std::array<ClassSums, 128> classes{};
  ClassSums all;
  for (size_t i = 0; i < values.size(); ++i) {
    if (roles[i] < 0) continue;
    const double deviation = imputed(i) - mean;
    classes[static_cast<uint8_t>(roles[i])].add(deviation);
    all.add(deviation);
  }
  double count = 0;
  double between = 0;
  double within = 0;
  for (const ClassSums& one : classes) {
    if (one.rows == 0) continue;
    count += 1;
    const double distance = one.sum / one.rows - all.sum / all.rows;
    between += one.rows * distance * distance;
    within += one.within();
  }
  const double free_between = count - 1;
  const double free_within = all.rows - count;
  if (free_between < 1 || free_within < 1 || all.least == all.most) return std::nullopt;
  constexpr double most = std::numeric_limits<double>::max();
  return within == 0 ? most : std::min(most, (between / free_between) / (within / free_within));
}

float in_float_range(double value) {
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -most, most));
}

float applied(const ColumnFit& fit, float value) {
  const double there = std::isfinite(value) ? value : fit.median;
  return in_float_range((there - fit.mean) / fit.scale);
}

}  // namespace

std::string_view to_string(ColumnState state) {
  switch (state) {
    case ColumnState::kept: return "kept";
    case ColumnState::all_missing: return "all_missing";
    case ColumnState::constant: return "constant";
    case ColumnState::not_selected: return "not_selected";
  }
  return "kept";
}

ColumnFit fit_column(std::string name, std::span<const float> values, std::span<const RowRole> roles) {
  ColumnFit fit;
  fit.name = std::move(name);
  TrainingValues training = training_values(values, roles);
  if (training.present.empty()) {
    fit.state = ColumnState::all_missing;
    return fit;
  }
  // The median lies between the least and the greatest value, so imputing makes no constant column vary.
  const auto [least, most] = std::minmax_element(training.present.begin(), training.present.end());
  if (*least == *most) {
    fit.state = ColumnState::constant;
    fit.median = *least;
    fit.mean = *least;
    return fit;
  }
  fit.median = median_of(training.present);
  const Moments moments = moments_of(training, fit.median);
  fit.mean = moments.mean;
  fit.scale = scale_of(moments, training.rows());
  fit.f_score = f_score(values, roles, fit.median);
  return fit;
}

void select_best(std::vector<ColumnFit>& columns, int64_t count) {
  if (count <= 0) return;
  std::vector<size_t> kept;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].state == ColumnState::kept) kept.push_back(i);
  }
  // As SelectKBest: sorted upwards, stably, and the last are taken.
  std::stable_sort(kept.begin(), kept.end(),
                   [&](size_t a, size_t b) { return columns[a].f_score.value_or(-1) < columns[b].f_score.value_or(-1); });
  const size_t dropped = kept.size() - std::min(kept.size(), static_cast<size_t>(count));
  for (size_t i = 0; i < dropped; ++i) columns[kept[i]].state = ColumnState::not_selected;
}

void apply_column(const ColumnFit& fit, std::span<const float> values, std::span<float> out) {
  for (size_t i = 0; i < values.size(); ++i) out[i] = applied(fit, values[i]);
}

std::vector<std::string> Transform::kept_names() const {
  std::vector<std::string> names;
  for (const ColumnFit& column : columns) {
    if (column.state == ColumnState::kept) names.push_back(column.name);
  }
  return names;
}

Result<std::vector<float>> Transform::apply(std::span<const float> row) const {
  if (row.size() != columns.size()) {
    return failure(ErrorKind::invalid_argument,
                   "cannot apply the transform of " + set + " to a row of " + std::to_string(row.size()) + " values: it was fitted on " +
                       std::to_string(columns.size()) + " columns",
                   "give the columns of the same feature set, in its order");
  }
  std::vector<float> ready;
  for (size_t i = 0; i < row.size(); ++i) {
    if (columns[i].state == ColumnState::kept) ready.push_back(applied(columns[i], row[i]));
  }
  return ready;
}

}  // namespace voxlake::dataset
