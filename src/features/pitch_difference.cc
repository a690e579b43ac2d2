#include "features/pitch_difference.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "fft/real_fft.h"

namespace voxlake::features {

namespace {

constexpr size_t lane_count = fft::LaneFft::lanes;  // a lane holds one frame

}  // namespace

struct NormalisedDifference::Scratch {
  explicit Scratch(size_t needed) : fft(needed) {}

  fft::LaneFft fft;              // values [sample][lane]: signal, then spectrum, then autocorrelation
  std::vector<float> energy;     // [period][lane]: of the samples before the period, inclusive
  std::vector<double> periodic;  // [lane][period]
};

NormalisedDifference::NormalisedDifference(int32_t frame_length, int32_t hop_length, int32_t min_period, int32_t max_period)
    : frame_length_(frame_length), hop_length_(hop_length), min_period_(min_period), max_period_(max_period) {
  scratch_ = std::make_unique<Scratch>(2 * static_cast<size_t>(frame_length) - 1);
  scratch_->energy.resize(static_cast<size_t>(max_period) * lane_count);
  scratch_->periodic.resize(periods() * lane_count);
}

NormalisedDifference::~NormalisedDifference() = default;
NormalisedDifference::NormalisedDifference(NormalisedDifference&&) noexcept = default;

size_t NormalisedDifference::batch() {
  return lane_count;
}

void NormalisedDifference::compute(std::span<const float> signal, size_t first, size_t count) {
  load(signal, first, count);
  autocorrelate();
  normalise(count);
}

void NormalisedDifference::load(std::span<const float> signal, size_t first, size_t count) {
  float* values = scratch_->fft.values();
  const auto length = static_cast<int64_t>(frame_length_);
  std::fill(values, values + scratch_->fft.length() * lane_count, 0.0F);
  for (size_t lane = 0; lane < count; ++lane) {
    const int64_t start = static_cast<int64_t>(first + lane) * hop_length_ - length / 2;
    const int64_t begin = std::max<int64_t>(0, -start);
    const int64_t end = std::min<int64_t>(length, static_cast<int64_t>(signal.size()) - start);
    for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i) * lane_count + lane] = signal[static_cast<size_t>(start + i)];
  }
  // Running energy in float32, one sample after the other, as numpy's cumsum adds. librosa clears the first sum before it uses it.
  float* energy = scratch_->energy.data();
  float sum[lane_count] = {};
  for (int32_t i = 0; i < max_period_; ++i) {
    for (size_t lane = 0; lane < lane_count; ++lane) {
      const float sample = values[static_cast<size_t>(i) * lane_count + lane];
      sum[lane] = i == 0 ? sample * sample : sum[lane] + sample * sample;
      energy[static_cast<size_t>(i) * lane_count + lane] = i == 0 ? 0.0F : sum[lane];
    }
  }
}

void NormalisedDifference::autocorrelate() {
  fft::LaneFft& fft = scratch_->fft;
  const size_t length = fft.length();
  fft.forward();
  // Replace the spectrum by its power, which is real.
  float* values = fft.values();
  const auto power = [&](size_t real, size_t imaginary) {
    for (size_t lane = 0; lane < lane_count; ++lane) {
      float& of_real = values[real * lane_count + lane];
      float& of_imaginary = values[imaginary * lane_count + lane];
      of_real = of_real * of_real + of_imaginary * of_imaginary;
      of_imaginary = 0.0F;
    }
  };
  const auto square = [&](size_t at) {
    for (size_t lane = 0; lane < lane_count; ++lane) values[at * lane_count + lane] *= values[at * lane_count + lane];
  };
  square(0);
  size_t i = 1;
  for (; i + 1 < length; i += 2) power(i, i + 1);
  if (i < length) square(i);
  fft.backward(1.0F / static_cast<float>(length));
}

void NormalisedDifference::normalise(size_t count) {
  const float* correlation = scratch_->fft.values();
  const float* energy = scratch_->energy.data();
  double* out = scratch_->periodic.data();
  const size_t width = periods();
  float cumulative[lane_count] = {};
  for (int32_t period = 1; period <= max_period_; ++period) {
    const auto row = static_cast<size_t>(period) * lane_count;
    float difference[lane_count];
    for (size_t lane = 0; lane < lane_count; ++lane) {
      difference[lane] = 2.0F * (correlation[lane] - correlation[row + lane]) - energy[row - lane_count + lane];
      cumulative[lane] = period == 1 ? difference[lane] : cumulative[lane] + difference[lane];
    }
    if (period < min_period_) continue;
    for (size_t lane = 0; lane < count; ++lane) {
      // From here on librosa is in float64, since it divides by 64-bit integers.
      const double mean = static_cast<double>(cumulative[lane]) / static_cast<double>(period);
      out[lane * width + static_cast<size_t>(period - min_period_)] =
          static_cast<double>(difference[lane]) / (mean + std::numeric_limits<double>::min());
    }
  }
}

std::span<const double> NormalisedDifference::frame(size_t index) const {
  return std::span<const double>(scratch_->periodic).subspan(index * periods(), periods());
}

}  // namespace voxlake::features
