#include "audio/sample_level.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace voxlake::audio {
namespace {

/// The bits of the largest sample without its sign. Such numbers are in the order of their bits, and behind them infinity and NaN.
int32_t largest_bits(std::span<const float> samples) {
  int32_t largest = 0;
  for (const float sample : samples) largest = std::max(largest, std::bit_cast<int32_t>(sample) & 0x7fffffff);
  return largest;
}

}  // namespace

std::optional<size_t> find_not_finite(std::span<const float> samples) {
  if (largest_bits(samples) < std::bit_cast<int32_t>(std::numeric_limits<float>::infinity())) return std::nullopt;
  const auto bad = std::find_if_not(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); });
  return static_cast<size_t>(bad - samples.begin());
}

void to_floats(std::span<const int16_t> samples, std::span<float> floats) {
  for (size_t i = 0; i < samples.size(); ++i) floats[i] = static_cast<float>(samples[i]) * (1.0F / 32768);
}

void SampleLevel::add_square(float sample) {
  squares_[static_cast<size_t>(count_++) % lanes] += static_cast<double>(sample) * static_cast<double>(sample);
}

void SampleLevel::add(std::span<const float> samples) {
  peak_ = std::max(peak_, std::bit_cast<float>(largest_bits(samples)));
  size_t i = 0;
  while (i < samples.size() && static_cast<size_t>(count_) % lanes != 0) add_square(samples[i++]);
  std::array<double, lanes> squares = squares_;  // which the compiler keeps in registers
  const size_t whole = i + (samples.size() - i) / lanes * lanes;
  count_ += static_cast<int64_t>(whole - i);
  for (; i < whole; i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane)
      squares[lane] += static_cast<double>(samples[i + lane]) * static_cast<double>(samples[i + lane]);
  }
  squares_ = squares;
  while (i < samples.size()) add_square(samples[i++]);
}

float SampleLevel::rms() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (const double square : squares_) sum += square;
  return static_cast<float>(std::sqrt(sum / static_cast<double>(count_)));
}

}  // namespace voxlake::audio
