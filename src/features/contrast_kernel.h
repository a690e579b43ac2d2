#pragma once

// Spectral contrast needs only a few of the lowest and highest magnitudes of each band. They are kept in order while the bins go by: a
// new value sinks through the highest and rises through the lowest, a minimum and a maximum a step, in sixteen frames at once.

#include <span>

#include "features/kernels.h"
#include "features/spectral_kernel.h"

namespace voxlake::features::kernels {

/// `fixed` extremes, or `count` where it is 0; one group of lanes.
template <typename V, int fixed>
inline void find_extremes(const float* magnitude, int bins, int count, float* mean_low, float* mean_high) {
  using F32 = typename V::F32;
  const int kept = fixed > 0 ? fixed : count;
  constexpr int kPlaces = fixed > 0 ? fixed : kMostExtremes;
  F32 low[kPlaces];
  F32 high[kPlaces];
  for (int i = 0; i < kPlaces; ++i) {
    low[i] = F32::broadcast(__builtin_inff());
    high[i] = F32::broadcast(-__builtin_inff());
  }
  for (int bin = 0; bin < bins; ++bin) {
    const F32 value = F32::load(magnitude + bin * kLanes);
    F32 rising = value;
    F32 sinking = value;
    for (int i = 0; i < kept; ++i) {
      const F32 smaller = F32::min(low[i], rising);
      rising = F32::max(low[i], rising);
      low[i] = smaller;
      const F32 larger = F32::max(high[i], sinking);
      sinking = F32::min(high[i], sinking);
      high[i] = larger;
    }
  }
  // From the smallest up, in float, as numpy's mean over sorted rows.
  F32 low_sum = low[0];
  F32 high_sum = high[kept - 1];
  for (int i = 1; i < kept; ++i) {
    low_sum = low_sum + low[i];
    high_sum = high_sum + high[kept - 1 - i];
  }
  const F32 divisor = F32::broadcast(static_cast<float>(kept));
  (low_sum / divisor).store(mean_low);
  (high_sum / divisor).store(mean_high);
}

template <typename V>
inline void peak_decibels(const float* in, double* out) {
  using F64 = typename V::F64;
  const F64 floor = F64::broadcast(1e-10);
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    (natural_log<V>(F64::max(F64::load_float(in + lane), floor)) * F64::broadcast(kDecibelsPerNeper)).store(out + lane);
  }
}

template <typename V>
void contrast(std::span<const ContrastBand> bands, const float* magnitude, double* peaks, double* valleys) {
  using F32 = typename V::F32;
  alignas(64) float low[kLanes];
  alignas(64) float high[kLanes];
  int row = 0;
  for (const ContrastBand& band : bands) {
    for (int lane = 0; lane < kLanes; lane += F32::kWidth) {
      const float* first = magnitude + band.first_bin * kLanes + lane;
      switch (band.extremes) {
        case 1: find_extremes<V, 1>(first, band.bin_count, 1, low + lane, high + lane); break;
        case 2: find_extremes<V, 2>(first, band.bin_count, 2, low + lane, high + lane); break;
        case 4: find_extremes<V, 4>(first, band.bin_count, 4, low + lane, high + lane); break;
        case 8: find_extremes<V, 8>(first, band.bin_count, 8, low + lane, high + lane); break;
        default: find_extremes<V, 0>(first, band.bin_count, band.extremes, low + lane, high + lane); break;
      }
    }
    peak_decibels<V>(high, peaks + row * kLanes);
    peak_decibels<V>(low, valleys + row * kLanes);
    ++row;
  }
}

}  // namespace voxlake::features::kernels
