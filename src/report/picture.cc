#include "report/picture.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "fft/real_fft.h"

namespace voxlake::report {
namespace {

double to_mel(double hertz) {
  return 2595.0 * std::log10(1.0 + hertz / 700.0);
}
double to_hertz(double mel) {
  return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0);
}

// The powers of one window's frequencies.
class PowerSpectrum {
 public:
  PowerSpectrum(int32_t window, int32_t size) : taper_(static_cast<size_t>(window)), work_(static_cast<size_t>(size)), fft_(work_.size()) {
    for (size_t i = 0; i < taper_.size(); ++i) {
      taper_[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(taper_.size()));
    }
  }

  size_t bins() const { return work_.size() / 2 + 1; }

  /// Of the window that begins at `start`, which may lie partly outside of the signal.
  void compute(std::span<const float> signal, int64_t start, std::vector<double>& power) {
    std::fill(work_.begin(), work_.end(), 0.0);
    for (size_t i = 0; i < taper_.size(); ++i) {
      const int64_t at = start + static_cast<int64_t>(i);
      if (at >= 0 && at < static_cast<int64_t>(signal.size())) work_[i] = taper_[i] * static_cast<double>(signal[static_cast<size_t>(at)]);
    }
    fft_.forward(work_.data());
    power.resize(bins());
    // The transform of real values comes as r0, r1, i1, r2, i2, …, r(n/2).
    power.front() = work_.front() * work_.front();
    power.back() = work_.back() * work_.back();
    for (size_t bin = 1; bin + 1 < bins(); ++bin) power[bin] = work_[2 * bin - 1] * work_[2 * bin - 1] + work_[2 * bin] * work_[2 * bin];
  }

 private:
  std::vector<double> taper_;
  std::vector<double> work_;
  fft::RealFft fft_;
};

// Mean power of a triangle over the bins. Low bands are narrower than a bin: they take the value between their neighbours.
double band_power(const std::vector<double>& power, double lower, double centre, double upper) {
  double sum = 0;
  double weights = 0;
  for (auto bin = static_cast<size_t>(std::ceil(lower)); bin < power.size() && static_cast<double>(bin) <= upper; ++bin) {
    const auto at = static_cast<double>(bin);
    const double weight = at <= centre ? (at - lower) / (centre - lower) : (upper - at) / (upper - centre);
    sum += weight * power[bin];
    weights += weight;
  }
  if (weights > 0.5) return sum / weights;
  const auto below = std::min(static_cast<size_t>(centre), power.size() - 2);
  const double part = centre - static_cast<double>(below);
  return (1 - part) * power[below] + part * power[below + 1];
}

}  // namespace

Envelope envelope(std::span<const float> signal, int32_t rate, int32_t columns) {
  Envelope result;
  if (signal.empty() || rate <= 0 || columns <= 0) return result;
  result.seconds = static_cast<double>(signal.size()) / rate;
  const size_t count = std::min(static_cast<size_t>(columns), signal.size());
  for (size_t column = 0; column < count; ++column) {
    const auto stretch =
        signal.subspan(column * signal.size() / count, (column + 1) * signal.size() / count - column * signal.size() / count);
    const auto [low, high] = std::ranges::minmax(stretch);
    result.low.push_back(low);
    result.high.push_back(high);
  }
  return result;
}

Spectrogram mel_spectrogram(std::span<const float> signal, int32_t rate, int32_t rows, int32_t columns) {
  Spectrogram result;
  if (signal.empty() || rate <= 0 || rows <= 0 || columns <= 0) return result;
  const int32_t window = std::max(16, rate / 40);
  PowerSpectrum spectrum(window, static_cast<int32_t>(std::bit_ceil(static_cast<uint32_t>(2 * window))));
  const auto samples = static_cast<int64_t>(signal.size());
  const int64_t step = std::max<int64_t>(rate / 200, (samples + columns - 1) / columns);
  result.rows = rows;
  result.columns = static_cast<int32_t>((samples + step - 1) / step);
  result.seconds = static_cast<double>(samples) / rate;

  const double lowest = to_mel(60.0);
  const double spacing = (to_mel(rate / 2.0) - lowest) / (rows + 1);
  const double bins_per_hertz = static_cast<double>(2 * (spectrum.bins() - 1)) / rate;
  for (int32_t row = 0; row < rows; ++row) result.frequencies.push_back(to_hertz(lowest + (row + 1) * spacing));

  const auto cells = static_cast<size_t>(rows) * static_cast<size_t>(result.columns);
  std::vector<double> levels(cells);
  std::vector<double> power;
  for (int32_t column = 0; column < result.columns; ++column) {
    spectrum.compute(signal, column * step + step / 2 - window / 2, power);
    for (int32_t row = 0; row < rows; ++row) {
      const double lower = to_hertz(lowest + row * spacing) * bins_per_hertz;
      const double upper = to_hertz(lowest + (row + 2) * spacing) * bins_per_hertz;
      levels[static_cast<size_t>(row) * static_cast<size_t>(result.columns) + static_cast<size_t>(column)] =
          band_power(power, lower, result.frequencies[static_cast<size_t>(row)] * bins_per_hertz, upper);
    }
  }
  const double loudest = *std::ranges::max_element(levels);
  result.levels.assign(cells, 0);
  if (!(loudest > 0) || !std::isfinite(loudest)) return result;
  for (size_t cell = 0; cell < cells; ++cell) {
    const double decibels = 10.0 * std::log10(std::max(levels[cell] / loudest, 1e-20));
    const double share = (decibels - result.floor_db) / (result.ceiling_db - result.floor_db);
    result.levels[cell] = static_cast<uint8_t>(std::lround(255.0 * std::clamp(share, 0.0, 1.0)));
  }
  return result;
}

std::vector<uint8_t> mu_law(std::span<const float> signal) {
  constexpr int32_t bias = 0x84;
  constexpr int32_t highest = 32635;
  std::vector<uint8_t> bytes;
  bytes.reserve(signal.size());
  for (const float value : signal) {
    const auto sample = static_cast<int32_t>(std::lround(32768.0F * std::clamp(std::isfinite(value) ? value : 0.0F, -1.0F, 1.0F)));
    const int32_t size = std::min(std::abs(sample), highest) + bias;
    const int32_t exponent = static_cast<int32_t>(std::bit_width(static_cast<uint32_t>(size))) - 8;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): size is at least the bias, of eight bits
    const int32_t mantissa = size >> (exponent + 3) & 0x0F;
    bytes.push_back(static_cast<uint8_t>(~((sample < 0 ? 0x80 : 0) | exponent << 4 | mantissa)));
  }
  return bytes;
}

}  // namespace voxlake::report
