#include "features/pitch_difference.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "ducc0/fft/fft1d_impl.h"

namespace voxlake::features {

namespace {

// A lane holds one frame. The number of lanes is the compiler's business; what happens within a lane is the same for any number.
using Lanes = ducc0::detail_simd::native_simd<float>;
constexpr size_t lane_count = Lanes::size();

}  // namespace

struct NormalisedDifference::Scratch {
  explicit Scratch(size_t fft_length)
      : plan(fft_length, false), data(fft_length), buffer(plan.bufsize()), scale(1.0F / static_cast<float>(fft_length)) {}

  float* values() { return reinterpret_cast<float*>(data.data()); }

  ducc0::detail_fft::pocketfft_r<float> plan;
  ducc0::aligned_array<Lanes> data;  // [sample][lane]: signal, then spectrum, then autocorrelation
  ducc0::aligned_array<Lanes> buffer;
  float scale;
  std::vector<float> energy;     // [period][lane]: of the samples before the period, inclusive
  std::vector<double> periodic;  // [lane][period]
};

NormalisedDifference::NormalisedDifference(int32_t frame_length, int32_t hop_length, int32_t min_period, int32_t max_period)
    : frame_length_(frame_length), hop_length_(hop_length), min_period_(min_period), max_period_(max_period) {
  const size_t needed = 2 * static_cast<size_t>(frame_length) - 1;
  scratch_ = std::make_unique<Scratch>(ducc0::detail_fft::util1d::good_size_real(needed));
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
  float* values = scratch_->values();
  const auto length = static_cast<int64_t>(frame_length_);
  std::fill(values, values + scratch_->plan.length() * lane_count, 0.0F);
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
  Scratch& s = *scratch_;
  const size_t length = s.plan.length();
  s.plan.exec_copyback(s.data.data(), s.buffer.data(), 1.0F, true);
  // The spectrum is packed as r0, r1, i1, r2, i2, …: replace it by its power, which is real.
  Lanes* data = s.data.data();
  data[0] = data[0] * data[0];
  size_t i = 1;
  for (; i + 1 < length; i += 2) {
    data[i] = data[i] * data[i] + data[i + 1] * data[i + 1];
    data[i + 1] = Lanes(0.0F);
  }
  if (i < length) data[i] = data[i] * data[i];
  s.plan.exec_copyback(s.data.data(), s.buffer.data(), s.scale, false);
}

void NormalisedDifference::normalise(size_t count) {
  const float* correlation = scratch_->values();
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
