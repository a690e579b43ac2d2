#include "features/pitch_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "features/logarithm.h"

namespace voxlake::features {

namespace {

// librosa adds the smallest normal number to probabilities before it takes logarithms.
double log_probability(double probability) {
  return natural_log(probability + std::numeric_limits<double>::min());
}

const double log_impossible = log_probability(0);
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

}  // namespace

PitchDecoder::PitchDecoder(int32_t bins, int32_t width, double switch_prob)
    : bins_(bins), log_stay_(log_probability(1.0 - switch_prob)), log_switch_(log_probability(switch_prob)) {
  // Where librosa's centring and rolling of a window of even width put it depends on the number of bins.
  lowest_offset_ = (bins - width) / 2 + bins / 2 + 1 - bins;
  if (width % 2 == 1) lowest_offset_ = -(width / 2);
  highest_offset_ = lowest_offset_ + width - 1;
  std::vector<double> window;
  for (int32_t i = 0; i < width; ++i) {
    const int32_t rank = 1 + std::min(i, width - 1 - i);
    window.push_back(width % 2 == 1 ? 2.0 * rank / (width + 1.0) : (2.0 * rank - 1.0) / width);
    log_window_.push_back(natural_log(window.back()));
  }
  for (int32_t origin = 0; origin < bins; ++origin) {
    double sum = 0;
    for (int32_t offset = std::max(lowest_offset_, -origin); offset <= std::min(highest_offset_, bins - 1 - origin); ++offset) {
      sum += window[static_cast<size_t>(offset - lowest_offset_)];
    }
    log_sum_.push_back(natural_log(sum));
  }
  highest_log_transition_ = std::max(log_stay_, log_switch_) + *std::max_element(log_window_.begin(), log_window_.end()) -
                            *std::min_element(log_sum_.begin(), log_sum_.end());
}

void PitchDecoder::start() {
  started_ = false;
  voiced_.clear();
  kept_.clear();
  frame_begin_.clear();
}

void PitchDecoder::push(std::span<const PitchCandidate> candidates, double voiced_prob) {
  const double log_unvoiced = log_probability((1.0 - voiced_prob) / bins_);
  if (started_) {
    reach_from_unvoiced();
    reach_from_voiced();
  } else {
    // All states begin alike.
    const double initial = log_probability(1.0 / (2.0 * bins_));
    from_unvoiced_.assign(static_cast<size_t>(bins_), {initial - log_stay_, nothing});
    from_voiced_.assign(static_cast<size_t>(bins_), {initial - log_stay_, nothing});
    best_ = {minus_infinity, nothing};
    unvoiced_.resize(static_cast<size_t>(bins_));
    started_ = true;
  }
  step_unvoiced(log_unvoiced);
  // Where unvoiced is as impossible as voiced without a candidate, the latter has to be followed too.
  const bool all_bins = log_unvoiced - log_impossible <= 2.0 * std::abs(log_stay_ - log_switch_) + 1.0;
  step_voiced(candidates, all_bins);
  keep_voiced();
  find_best();
}

void PitchDecoder::reach_from_unvoiced() {
  source_.resize(static_cast<size_t>(bins_));
  for (size_t bin = 0; bin < source_.size(); ++bin) source_[bin] = unvoiced_[bin].value - log_sum_[bin];
  search_origins(0, bins_, 0, bins_ - 1);
}

// For each bin in [begin, end) the best origin, which is known to lie between lowest and highest.
void PitchDecoder::search_origins(int32_t begin, int32_t end, int32_t lowest, int32_t highest) {
  if (begin >= end) return;
  const int32_t middle = begin + (end - begin) / 2;
  const int32_t first = std::max(lowest, middle - highest_offset_);
  const int32_t last = std::min(highest, middle - lowest_offset_);
  double best = minus_infinity;
  int32_t best_origin = std::clamp(middle, lowest, highest);
  for (int32_t origin = first; origin <= last; ++origin) {
    const double value = source_[static_cast<size_t>(origin)] + log_window_[static_cast<size_t>(middle - origin - lowest_offset_)];
    if (value > best) {
      best = value;
      best_origin = origin;
    }
  }
  from_unvoiced_[static_cast<size_t>(middle)] = {best, unvoiced_[static_cast<size_t>(best_origin)].last};
  search_origins(begin, middle, lowest, best_origin);
  search_origins(middle + 1, end, best_origin, highest);
}

void PitchDecoder::reach_from_voiced() {
  std::fill(from_voiced_.begin(), from_voiced_.end(), Path{minus_infinity, nothing});
  for (const VoicedPath& origin : voiced_) {
    const double source = origin.value - log_sum_[static_cast<size_t>(origin.bin)];
    const int32_t first = std::max(0, origin.bin + lowest_offset_);
    const int32_t last = std::min(bins_ - 1, origin.bin + highest_offset_);
    for (int32_t bin = first; bin <= last; ++bin) {
      const double value = source + log_window_[static_cast<size_t>(bin - origin.bin - lowest_offset_)];
      if (value > from_voiced_[static_cast<size_t>(bin)].value) from_voiced_[static_cast<size_t>(bin)] = {value, origin.last};
    }
  }
}

PitchDecoder::Path PitchDecoder::arrive_voiced(int32_t bin) const {
  Path path = from_voiced_[static_cast<size_t>(bin)];
  path.value += log_stay_;
  const Path& other = from_unvoiced_[static_cast<size_t>(bin)];
  if (other.value + log_switch_ > path.value) path = {other.value + log_switch_, other.last};
  if (best_.value + log_impossible > path.value) path = {best_.value + log_impossible, best_.last};
  return path;
}

PitchDecoder::Path PitchDecoder::arrive_unvoiced(int32_t bin) const {
  Path path = from_voiced_[static_cast<size_t>(bin)];
  path.value += log_switch_;
  const Path& other = from_unvoiced_[static_cast<size_t>(bin)];
  if (other.value + log_stay_ > path.value) path = {other.value + log_stay_, other.last};
  if (best_.value + log_impossible > path.value) path = {best_.value + log_impossible, best_.last};
  return path;
}

void PitchDecoder::step_unvoiced(double log_unvoiced) {
  for (int32_t bin = 0; bin < bins_; ++bin) {
    const Path path = arrive_unvoiced(bin);
    unvoiced_[static_cast<size_t>(bin)] = {path.value + log_unvoiced, path.last};
  }
}

void PitchDecoder::step_voiced(std::span<const PitchCandidate> candidates, bool all_bins) {
  voiced_.clear();
  const auto follow = [this](int32_t bin, double probability) {
    const Path path = arrive_voiced(bin);
    const double value = path.value + log_probability(probability);
    // Whatever follows a voiced state can follow its unvoiced twin as well, for the price of a switch.
    if (unvoiced_[static_cast<size_t>(bin)].value > value + std::abs(log_stay_ - log_switch_)) return;
    voiced_.push_back({bin, value, path.last});
  };
  if (!all_bins) {
    for (const PitchCandidate& candidate : candidates) follow(candidate.bin, candidate.probability);
    return;
  }
  size_t next = 0;
  for (int32_t bin = 0; bin < bins_; ++bin) {
    const bool is_candidate = next < candidates.size() && candidates[next].bin == bin;
    follow(bin, is_candidate ? candidates[next++].probability : 0.0);
  }
}

void PitchDecoder::keep_voiced() {
  frame_begin_.push_back(kept_.size());
  double best = minus_infinity;
  for (const Path& path : unvoiced_) best = std::max(best, path.value);
  for (const VoicedPath& path : voiced_) best = std::max(best, path.value);
  // Not worth following: a state from which any other one is reached worse than by an impossible jump from the best.
  std::erase_if(voiced_, [this, best](const VoicedPath& path) { return path.value + highest_log_transition_ < best + log_impossible; });
  for (VoicedPath& path : voiced_) {
    kept_.push_back({path.bin, path.last});
    path.last = static_cast<KeptId>(kept_.size()) - 1;
  }
}

void PitchDecoder::find_best() {
  best_ = {minus_infinity, nothing};
  for (const VoicedPath& path : voiced_) {
    if (path.value > best_.value) best_ = {path.value, path.last};
  }
  for (const Path& path : unvoiced_) {
    if (path.value > best_.value) best_ = path;
  }
}

void PitchDecoder::finish(std::vector<int32_t>& path) {
  path.assign(frame_begin_.size(), -1);
  KeptId id = best_.last;
  for (size_t frame = frame_begin_.size(); frame-- > 0 && id != nothing;) {
    if (static_cast<size_t>(id) < frame_begin_[frame]) continue;
    path[frame] = kept_[static_cast<size_t>(id)].bin;
    id = kept_[static_cast<size_t>(id)].previous;
  }
}

}  // namespace voxlake::features
