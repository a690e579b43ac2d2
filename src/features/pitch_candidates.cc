#include "features/pitch_candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "features/logarithm.h"

namespace voxlake::features {

namespace {

// Continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated by Lentz's method as Thompson and Barnett modified it.
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  constexpr double enough = 1e-16;
  const auto away_from_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double numerator = 1.0;
  double denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
  double fraction = denominator;
  for (int m = 1; m <= 500; ++m) {
    const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    double step = 1.0;
    for (const double coefficient : {even, odd}) {
      denominator = 1.0 / away_from_zero(1.0 + coefficient * denominator);
      numerator = away_from_zero(1.0 + coefficient / numerator);
      step = numerator * denominator;
      fraction *= step;
    }
    if (std::abs(step - 1.0) < enough) break;
  }
  return fraction;
}

double octaves_above(double hertz, double base_hertz) {
  return natural_log(hertz / base_hertz) / std::numbers::ln2;
}

}  // namespace

double beta_cdf(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const long double wide = x;  // the C library has one version of it on all processors
  const auto front = static_cast<double>(expl(lgammal(a + b) - lgammal(a) - lgammal(b) + a * logl(wide) + b * log1pl(-wide)));
  // The fraction converges fast on this side of the mean, and its mirror image on the other.
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(x, a, b) / a;
  return 1.0 - front * beta_fraction(1.0 - x, b, a) / b;
}

PitchCandidates::PitchCandidates(const PitchOptions& options) : options_(options) {
  min_period_ = static_cast<int32_t>(std::floor(options.rate / options.fmax));
  max_period_ = std::min(static_cast<int32_t>(std::ceil(options.rate / options.fmin)), options.frame_length - 1);
  bins_per_semitone_ = static_cast<int32_t>(std::ceil(1.0 / options.resolution));
  bins_ = static_cast<int32_t>(std::floor(12 * bins_per_semitone_ * octaves_above(options.fmax, options.fmin))) + 1;

  const int32_t count = options.n_thresholds;
  const double step = 1.0 / count;
  prior_below_.push_back(0);
  for (int32_t i = 1; i <= count; ++i) {
    thresholds_.push_back(i == count ? 1.0 : i * step);
    prior_below_.push_back(beta_cdf(thresholds_.back(), options.beta_a, options.beta_b));
  }
  const int32_t most_troughs = (max_period_ - min_period_) / 2 + 2;
  const auto decay_of = [&](int32_t i) { return static_cast<double>(expl(static_cast<long double>(-options.boltzmann_parameter * i))); };
  for (int32_t i = 0; i <= most_troughs; ++i) {
    decay_.push_back(decay_of(i));
    share_.push_back((1.0 - decay_of(1)) / (1.0 - decay_of(i)));
  }
}

void PitchCandidates::compute(std::span<const double> difference) {
  find_troughs(difference);
  aperiodicity_ = 1;
  for (const Trough& trough : troughs_) aperiodicity_ = std::min(aperiodicity_, trough.height);
  if (!troughs_.empty()) weigh_troughs();
  candidates_.clear();
  // From the longest period to the shortest, so that bins rise. Of several troughs in one bin librosa keeps the longest period's.
  for (size_t i = troughs_.size(); i-- > 0;) {
    if (!(troughs_[i].probability > 0)) continue;
    const int32_t bin = bin_of(difference, troughs_[i].index);
    if (bin >= bins_ || (!candidates_.empty() && candidates_.back().bin >= bin)) continue;
    candidates_.push_back({bin, troughs_[i].probability});
  }
  double sum = 0;
  for (const PitchCandidate& candidate : candidates_) sum += candidate.probability;
  voiced_prob_ = std::clamp(sum, 0.0, 1.0);
}

void PitchCandidates::find_troughs(std::span<const double> difference) {
  troughs_.clear();
  const size_t size = difference.size();
  if (size < 2) return;
  const auto add = [this, difference](size_t index) {
    troughs_.push_back({index, first_threshold_above(difference[index]), difference[index], 0.0});
  };
  if (difference[0] < difference[1]) add(0);
  for (size_t i = 1; i + 1 < size; ++i) {
    if (difference[i] < difference[i - 1] && difference[i] <= difference[i + 1]) add(i);
  }
  if (difference[size - 1] < difference[size - 2]) add(size - 1);
}

int32_t PitchCandidates::first_threshold_above(double height) const {
  const auto found = std::upper_bound(thresholds_.begin(), thresholds_.end(), height);
  return static_cast<int32_t>(found - thresholds_.begin());
}

// Each threshold spreads its prior mass over the troughs below it, short periods first. Which troughs those are changes only where a
// trough's own threshold is reached: so the mass between two such thresholds is spread at once.
void PitchCandidates::weigh_troughs() {
  by_threshold_.resize(troughs_.size());
  for (size_t i = 0; i < troughs_.size(); ++i) by_threshold_[i] = i;
  std::sort(by_threshold_.begin(), by_threshold_.end(), [this](size_t left, size_t right) {
    return troughs_[left].threshold != troughs_[right].threshold ? troughs_[left].threshold < troughs_[right].threshold : left < right;
  });
  below_.clear();
  for (size_t next = 0; next < by_threshold_.size();) {
    const int32_t from = troughs_[by_threshold_[next]].threshold;
    if (from >= options_.n_thresholds) break;
    for (; next < by_threshold_.size() && troughs_[by_threshold_[next]].threshold == from; ++next) {
      below_.insert(std::lower_bound(below_.begin(), below_.end(), by_threshold_[next]), by_threshold_[next]);
    }
    const int32_t to = next < by_threshold_.size() ? troughs_[by_threshold_[next]].threshold : options_.n_thresholds;
    const double mass = prior_below_[static_cast<size_t>(to)] - prior_below_[static_cast<size_t>(from)];
    const double scale = share_[below_.size()] * mass;
    for (size_t position = 0; position < below_.size(); ++position) troughs_[below_[position]].probability += scale * decay_[position];
  }
  const auto deepest = std::min_element(troughs_.begin(), troughs_.end(),
                                        [](const Trough& left, const Trough& right) { return left.height < right.height; });
  deepest->probability += options_.no_trough_prob * prior_below_[static_cast<size_t>(deepest->threshold)];
}

int32_t PitchCandidates::bin_of(std::span<const double> difference, size_t index) const {
  double shift = 0;
  if (index > 0 && index + 1 < difference.size()) {
    // The vertex of the parabola through three points; none where it lies a period or more away.
    const double curvature = difference[index + 1] + difference[index - 1] - 2.0 * difference[index];
    const double slope = (difference[index + 1] - difference[index - 1]) / 2.0;
    if (std::abs(slope) < std::abs(curvature)) shift = -slope / curvature;
  }
  const double frequency = options_.rate / (static_cast<double>(min_period_) + static_cast<double>(index) + shift);
  const double bin = std::nearbyint(12 * bins_per_semitone_ * octaves_above(frequency, options_.fmin));
  return bin > 0 ? static_cast<int32_t>(std::min(bin, static_cast<double>(bins_))) : 0;
}

}  // namespace voxlake::features
