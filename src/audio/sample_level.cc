#include "audio/sample_level.h"

#include <algorithm>
#include <cmath>

namespace voxlake::audio {
namespace {

/// Whether every sample is a number: 0 times it is then 0. Without a branch, so that the compiler uses vectors.
bool are_finite(std::span<const float> samples) {
  std::array<float, 8> zeros{};
  size_t i = 0;
  for (; i + zeros.size() <= samples.size(); i += zeros.size()) {
    for (size_t lane = 0; lane < zeros.size(); ++lane) zeros[lane] += 0 * samples[i + lane];
  }
  for (; i < samples.size(); ++i) zeros[0] += 0 * samples[i];
  return std::all_of(zeros.begin(), zeros.end(), [](float zero) { return zero == 0; });
}

}  // namespace

std::optional<size_t> find_not_finite(std::span<const float> samples) {
  if (are_finite(samples)) return std::nullopt;
  const auto bad = std::find_if_not(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); });
  return static_cast<size_t>(bad - samples.begin());
}

void SampleLevel::add_one(float sample) {
  const size_t lane = static_cast<size_t>(count_++) % lanes;
  peaks_[lane] = std::max(peaks_[lane], std::abs(sample));
  squares_[lane] += static_cast<double>(sample) * static_cast<double>(sample);
}

void SampleLevel::add(std::span<const float> samples) {
  size_t i = 0;
  while (i < samples.size() && static_cast<size_t>(count_) % lanes != 0) add_one(samples[i++]);
  // In variables of their own, which the compiler keeps in registers.
  std::array<double, lanes> squares = squares_;
  std::array<float, lanes> peaks = peaks_;
  const size_t whole = i + (samples.size() - i) / lanes * lanes;
  count_ += static_cast<int64_t>(whole - i);
  for (; i < whole; i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      const float size = std::abs(samples[i + lane]);
      peaks[lane] = peaks[lane] < size ? size : peaks[lane];
      squares[lane] += static_cast<double>(size) * static_cast<double>(size);
    }
  }
  squares_ = squares;
  peaks_ = peaks;
  while (i < samples.size()) add_one(samples[i++]);
}

float SampleLevel::peak() const {
  return *std::max_element(peaks_.begin(), peaks_.end());
}

float SampleLevel::rms() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (const double square : squares_) sum += square;
  return static_cast<float>(std::sqrt(sum / static_cast<double>(count_)));
}

}  // namespace voxlake::audio
