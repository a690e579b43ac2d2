#include "features/column_spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "ducc0/fft/fft1d_impl.h"
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

struct ColumnSpectrum::Scratch {
  explicit Scratch(int64_t frame_samples)
      : plan(static_cast<std::size_t>(frame_samples), false), data(plan.length()), buffer(plan.bufsize()) {}
  ducc0::detail_fft::pocketfft_r<double> plan;
  ducc0::aligned_array<double> data;
  ducc0::aligned_array<double> buffer;
  std::vector<double> taper;
};

ColumnSpectrum::ColumnSpectrum(int64_t frame_samples, Taper taper)
    : frame_samples_(frame_samples), scratch_(std::make_unique<Scratch>(frame_samples)) {
  scratch_->taper.resize(static_cast<std::size_t>(frame_samples));
  for (int64_t n = 0; n < frame_samples; ++n) scratch_->taper[static_cast<std::size_t>(n)] = taper_at(taper, n, frame_samples);
}
ColumnSpectrum::~ColumnSpectrum() = default;
ColumnSpectrum::ColumnSpectrum(ColumnSpectrum&&) noexcept = default;

void ColumnSpectrum::compute(std::span<const float> signal, int64_t first, std::span<float> magnitude, std::span<float> power) {
  double* data = scratch_->data.data();
  const double* taper = scratch_->taper.data();
  const auto total = static_cast<int64_t>(signal.size());
  const int64_t begin = std::clamp<int64_t>(-first, 0, frame_samples_);
  const int64_t end = std::clamp<int64_t>(total - first, begin, frame_samples_);
  std::fill(data, data + begin, 0.0);
  for (int64_t n = begin; n < end; ++n) data[n] = taper[n] * static_cast<double>(signal[static_cast<std::size_t>(first + n)]);
  std::fill(data + end, data + frame_samples_, 0.0);
  // The result lies as re 0, re 1, im 1, re 2, im 2, …, and ends with a real one where the length is even.
  const double* spectrum = scratch_->plan.exec(data, scratch_->buffer.data(), 1.0, true);
  magnitude[0] = magnitude_of(spectrum[0], 0);
  for (int64_t bin = 1; bin < bins(); ++bin) {
    const bool is_real = 2 * bin == frame_samples_;
    magnitude[static_cast<std::size_t>(bin)] = magnitude_of(spectrum[2 * bin - 1], is_real ? 0 : spectrum[2 * bin]);
  }
  for (std::size_t bin = 0; bin < static_cast<std::size_t>(bins()); ++bin) power[bin] = magnitude[bin] * magnitude[bin];
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
  shape.rolloff = static_cast<double>(rolloff_bin(magnitude, rolloff)) * bin_hz;
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

}  // namespace voxlake::features
