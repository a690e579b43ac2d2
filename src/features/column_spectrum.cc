#include "features/column_spectrum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>

#include "features/logarithm.h"

namespace voxlake::features {
namespace {

constexpr double kDecibelsPerNeper = 4.34294481903251827651;  // 10 / ln 10
constexpr double kTiny = 0x1p-126;                            // below this librosa leaves a column as it is

/// |re + i im| as numpy rounds it (see take_magnitudes of spectrum_kernel.h).
float magnitude_of(double re, double im) {
  const float a = std::abs(static_cast<float>(re));
  const float b = std::abs(static_cast<float>(im));
  const float large = std::max(a, b);
  const float ratio = std::min(a, b) / (large == 0 ? 1.0F : large);
  const auto sum = static_cast<float>(static_cast<double>(ratio) * static_cast<double>(ratio) + 1.0);
  return std::sqrt(sum) * large;
}

/// The sum of the logarithms of many numbers, by one logarithm: of the product of the mantissas, the exponents being added up apart.
class LogSum {
 public:
  void add(double x) {
    const auto bits = std::bit_cast<uint64_t>(x);
    exponent_ += static_cast<int64_t>(bits >> 52) - 1023;
    mantissa_ *= std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    if (++held_ == 512) settle();
  }
  double total() {
    settle();
    return natural_log(mantissa_) + static_cast<double>(exponent_) * 0.69314718055994530942;
  }

 private:
  void settle() {
    const auto bits = std::bit_cast<uint64_t>(mantissa_);
    exponent_ += static_cast<int64_t>(bits >> 52) - 1023;
    mantissa_ = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    held_ = 0;
  }
  double mantissa_ = 1;
  int64_t exponent_ = 0;
  int held_ = 0;
};

/// The first bin whose cumulative magnitude, added up in float as numpy.cumsum does, reaches the share of the total.
std::size_t rolloff_bin(std::span<const float> magnitude, double share) {
  float total = 0;
  for (const float s : magnitude) total += s;
  const float wanted = static_cast<float>(share) * total;
  float sum = 0;
  for (std::size_t bin = 0; bin < magnitude.size(); ++bin) {
    sum += magnitude[bin];
    if (!(sum < wanted)) return bin;
  }
  return magnitude.size() - 1;
}

}  // namespace

ColumnSpectrum::ColumnSpectrum(int64_t frame_samples, Taper taper)
    : fft_(static_cast<std::size_t>(frame_samples)), taper_(fft_.length()), data_(fft_.length()) {
  for (std::size_t n = 0; n < taper_.size(); ++n) taper_[n] = taper_at(taper, static_cast<int64_t>(n), frame_samples);
}

void ColumnSpectrum::compute(std::span<const float> signal, int64_t first, std::span<float> magnitude, std::span<float> power) {
  const auto total = static_cast<int64_t>(signal.size());
  const auto begin = static_cast<std::size_t>(std::clamp<int64_t>(-first, 0, frame_samples()));
  const auto end = static_cast<std::size_t>(std::clamp<int64_t>(total - first, static_cast<int64_t>(begin), frame_samples()));
  std::fill(data_.begin(), data_.end(), 0.0);
  for (std::size_t n = begin; n < end; ++n) {
    data_[n] = taper_[n] * static_cast<double>(signal[static_cast<std::size_t>(first + static_cast<int64_t>(n))]);
  }
  fft_.forward(data_.data());
  // re 0, re 1, im 1, re 2, im 2, …, and a real one at the end where the length is even.
  magnitude[0] = magnitude_of(data_[0], 0);
  for (std::size_t bin = 1; bin < magnitude.size(); ++bin) {
    magnitude[bin] = magnitude_of(data_[2 * bin - 1], 2 * bin == data_.size() ? 0 : data_[2 * bin]);
  }
  for (std::size_t bin = 0; bin < magnitude.size(); ++bin) power[bin] = magnitude[bin] * magnitude[bin];
}

ColumnShape column_shape(std::span<const float> magnitude, std::span<const float> power, double bin_hz, double rolloff) {
  const auto bins = static_cast<double>(magnitude.size());
  const double middle = (bins - 1) / 2;
  const auto floor = static_cast<double>(1e-10F);
  double total = 0;
  double leaning = 0;
  double power_sum = 0;
  LogSum logs;
  for (std::size_t bin = 0; bin < magnitude.size(); ++bin) {
    const auto s = static_cast<double>(magnitude[bin]);
    const double p = std::max(static_cast<double>(power[bin]), floor);
    total += s;
    leaning += s * (static_cast<double>(bin) - middle);
    power_sum += p;
    logs.add(p);
  }
  const double norm = total < kTiny ? 1 : total;
  const double centroid = (leaning + middle * total) / norm;
  double spread = 0;
  for (std::size_t bin = 0; bin < magnitude.size(); ++bin) {
    const double distance = static_cast<double>(bin) - centroid;
    spread += static_cast<double>(magnitude[bin]) * (distance * distance);
  }
  ColumnShape shape;
  shape.centroid = centroid * bin_hz;
  shape.bandwidth = std::sqrt(spread / norm) * bin_hz;
  shape.rolloff = rolloff_column(magnitude, bin_hz, rolloff);
  const double slope = leaning / (bins * (bins * bins - 1) / 12);
  shape.slope = slope / bin_hz;
  shape.intercept = total / bins - slope * middle;
  shape.flatness = static_cast<float>(exponential(logs.total() / bins) / (power_sum / bins));
  return shape;
}

void filter_column(const FilterBank& bank, std::span<const float> power, std::span<float> out) {
  for (std::size_t row = 0; row < static_cast<std::size_t>(bank.rows); ++row) {
    const double* weights = bank.weights.data() + bank.offset[row];
    const float* bins = power.data() + bank.first_bin[row];
    double sum = 0;
    for (int32_t i = 0; i < bank.bin_count[row]; ++i) sum += weights[i] * static_cast<double>(bins[i]);
    out[row] = static_cast<float>(sum);
  }
}

float power_decibels(float x) {
  return static_cast<float>(natural_log(std::max(static_cast<double>(x), static_cast<double>(1e-10F))) * kDecibelsPerNeper);
}

void contrast_column(std::span<const ContrastBand> bands, std::span<const float> magnitude, std::vector<float>& work,
                     std::span<double> peaks, std::span<double> valleys) {
  const auto mean_decibels = [](const float* first, int32_t count) {
    double sum = 0;
    for (int32_t i = 0; i < count; ++i) sum += static_cast<double>(first[i]);
    const auto mean = static_cast<double>(static_cast<float>(sum / count));
    return natural_log(std::max(mean, 1e-10)) * kDecibelsPerNeper;
  };
  for (std::size_t band = 0; band < bands.size(); ++band) {
    const auto [first_bin, bin_count, extremes] = bands[band];
    const float* first = magnitude.data() + first_bin;
    work.assign(first, first + bin_count);
    // Sorted, so that the sum does not depend on how a library selects.
    std::partial_sort(work.begin(), work.begin() + extremes, work.end());
    valleys[band] = mean_decibels(work.data(), extremes);
    work.assign(first, first + bin_count);
    std::partial_sort(work.begin(), work.begin() + extremes, work.end(), std::greater<>());
    peaks[band] = mean_decibels(work.data(), extremes);
  }
}

void chroma_column(std::span<const double> weights, std::span<const float> power, std::span<float> out) {
  std::array<double, kChromaClasses> sums{};
  for (std::size_t bin = 0; bin < power.size(); ++bin) {
    for (std::size_t pitch = 0; pitch < sums.size(); ++pitch) {
      sums[pitch] += static_cast<double>(power[bin]) * weights[bin * kChromaClasses + pitch];
    }
  }
  const double largest = *std::max_element(sums.begin(), sums.end());
  for (std::size_t pitch = 0; pitch < sums.size(); ++pitch) out[pitch] = static_cast<float>(sums[pitch] / (largest < kTiny ? 1 : largest));
}

void cosine_column(std::span<const double> weights, std::span<const double> bands, std::span<float> out) {
  for (std::size_t row = 0; row < out.size(); ++row) {
    // Of the distances to the first band, so that a constant gives exactly 0 in every row but the first.
    double sum = row == 0 ? bands[0] * static_cast<double>(bands.size()) * weights[0] : 0;
    for (std::size_t i = 0; i < bands.size(); ++i) sum += (bands[i] - bands[0]) * weights[row * bands.size() + i];
    out[row] = static_cast<float>(sum);
  }
}

double rolloff_column(std::span<const float> magnitude, double bin_hz, double share) {
  return static_cast<double>(rolloff_bin(magnitude, share)) * bin_hz;
}

}  // namespace voxlake::features
