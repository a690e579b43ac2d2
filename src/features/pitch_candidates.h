#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "features/pitch.h"

namespace voxlake::features {

/// A period that a frame may have, as a pitch bin.
struct PitchCandidate {
  int32_t bin = 0;
  double probability = 0;  ///< above 0
};

/// The first half of pYIN (Mauch and Dixon 2014, section 2.1): which periods a frame may have and how probable each is, given a prior over
/// YIN's threshold. Keeps scratch memory: one for each thread.
class PitchCandidates {
 public:
  explicit PitchCandidates(const PitchOptions& options);

  int32_t min_period() const { return min_period_; }  ///< samples
  int32_t max_period() const { return max_period_; }  ///< samples
  int32_t bins() const { return bins_; }              ///< pitch bins, `resolution` of a semitone apart from fmin on
  int32_t bins_per_semitone() const { return bins_per_semitone_; }

  /// `difference`: the normalised difference of min_period() … max_period(). The bins of candidates() then rise strictly.
  void compute(std::span<const double> difference);
  std::span<const PitchCandidate> candidates() const { return candidates_; }
  /// The candidates' sum: 0 to 1.
  double voiced_prob() const { return voiced_prob_; }
  /// The height of the deepest trough, 1 if there is none: about 0 for a periodic frame, towards 1 for noise.
  double aperiodicity() const { return aperiodicity_; }

 private:
  struct Trough {
    size_t index = 0;       // of the difference
    int32_t threshold = 0;  // the first that it lies below; n_thresholds if it lies below none
    double height = 0;
    double probability = 0;
  };
  void find_troughs(std::span<const double> difference);
  void weigh_troughs();
  int32_t first_threshold_above(double height) const;
  int32_t bin_of(std::span<const double> difference, size_t index) const;

  PitchOptions options_;
  int32_t min_period_ = 0;
  int32_t max_period_ = 0;
  int32_t bins_per_semitone_ = 0;
  int32_t bins_ = 0;
  std::vector<double> thresholds_;   // n_thresholds, the first above 0, the last 1
  std::vector<double> prior_below_;  // n_thresholds + 1: the prior's mass of the first i thresholds
  std::vector<double> decay_;        // Boltzmann weight of the i-th trough, before normalising
  std::vector<double> share_;        // what makes the weights of i troughs add up to 1
  std::vector<Trough> troughs_;
  std::vector<size_t> below_;  // troughs that lie below the present threshold, by period
  std::vector<size_t> by_threshold_;
  std::vector<PitchCandidate> candidates_;
  double voiced_prob_ = 0;
  double aperiodicity_ = 1;
};

/// The regularised incomplete beta function: the share of a beta distribution (a, b > 0) that lies below x.
double beta_cdf(double x, double a, double b);

}  // namespace voxlake::features
