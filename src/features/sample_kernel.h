#pragma once

// What is asked of samples as they are, one after the other.

#include "features/kernels.h"

namespace voxlake::features::kernels {

/// Calls `use(vector)` for all samples in their order; the last vector is filled up with copies of the first sample.
template <typename V, typename Use>
inline void each_vector(const float* samples, std::size_t count, const Use& use) {
  using F32 = typename V::F32;
  constexpr std::size_t kWidth = F32::kWidth;
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) use(F32::load(samples + i));
  if (i == count) return;
  alignas(64) float rest[kWidth];
  for (std::size_t lane = 0; lane < kWidth; ++lane) rest[lane] = samples[i + lane < count ? i + lane : 0];
  use(F32::load(rest));
}

template <typename V>
SampleSurvey survey(const float* samples, std::size_t count) {
  using F32 = typename V::F32;
  const F32 steps_per_unit = F32::broadcast(kStepsPerUnit);
  const F32 zero = F32::broadcast(0);
  const F32 one = F32::broadcast(1);
  // Adding and taking away so much rounds to whole numbers, of numbers up to 2^22.
  const F32 rounder = F32::broadcast(12582912);
  F32 low = F32::broadcast(samples[0]);
  F32 high = low;
  F32 off_grid = zero;
  F32 zeros = zero;  // 0 times any number
  each_vector<V>(samples, count, [&](F32 x) {
    zeros = zeros + zero * x;
    low = F32::min(x, low);
    high = F32::max(x, high);
    const F32 steps = x * steps_per_unit;
    off_grid = F32::max(F32::select_equal((steps + rounder) - rounder, steps, zero, one), off_grid);
  });
  alignas(64) float lanes[4][F32::kWidth];
  low.store(lanes[0]);
  high.store(lanes[1]);
  off_grid.store(lanes[2]);
  zeros.store(lanes[3]);
  SampleSurvey found{true, true, lanes[0][0], lanes[1][0]};
  for (int lane = 0; lane < F32::kWidth; ++lane) {
    found.is_finite = found.is_finite && lanes[3][lane] == 0;
    found.low = lanes[0][lane] < found.low ? lanes[0][lane] : found.low;
    found.high = lanes[1][lane] > found.high ? lanes[1][lane] : found.high;
    found.on_grid = found.on_grid && lanes[2][lane] == 0;
  }
  found.on_grid = found.on_grid && found.is_finite && found.low >= -1 && found.high <= 1;
  return found;
}

template <typename V>
double energy(const float* samples, std::size_t count) {
  using F64 = typename V::F64;
  constexpr std::size_t kSums = 8;
  constexpr std::size_t kGroups = kSums / F64::kWidth;
  F64 sum[kGroups];
  for (F64& group : sum) group = F64::broadcast(0);
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t group = 0; group < kGroups; ++group) {
      const F64 x = F64::load_float(samples + i + group * F64::kWidth);
      sum[group] = sum[group] + x * x;
    }
  }
  alignas(64) double sums[kSums];
  for (std::size_t group = 0; group < kGroups; ++group) sum[group].store(sums + group * F64::kWidth);
  for (std::size_t k = 0; i < count; ++i, ++k) sums[k] += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <typename V>
std::int64_t crossings(const float* samples, std::size_t count) {
  using F32 = typename V::F32;
  constexpr std::size_t kWidth = F32::kWidth;
  constexpr std::size_t kExact = std::size_t{1} << 20;  // vectors whose count a float holds
  const F32 threshold = F32::broadcast(-kZeroThreshold);
  const F32 zero = F32::broadcast(0);
  const F32 one = F32::broadcast(1);
  const auto is_negative = [](float x) { return x < -kZeroThreshold; };
  std::int64_t found = 0;
  std::size_t i = 1;
  while (i + kWidth <= count) {
    F32 sums = zero;
    for (std::size_t taken = 0; taken < kExact && i + kWidth <= count; ++taken, i += kWidth) {
      const F32 here = F32::select_less(F32::load(samples + i), threshold, one, zero);
      const F32 before = F32::select_less(F32::load(samples + i - 1), threshold, one, zero);
      const F32 change = here - before;
      sums = sums + change * change;
    }
    alignas(64) float lanes[kWidth];
    sums.store(lanes);
    for (const float lane : lanes) found += static_cast<std::int64_t>(lane);
  }
  for (; i < count; ++i) found += is_negative(samples[i]) != is_negative(samples[i - 1]) ? 1 : 0;
  return found;
}

template <typename V>
SampleMoments sample_moments(const float* samples, std::size_t count) {
  using F64 = typename V::F64;
  constexpr int kGroups = kLanes / F64::kWidth;
  const std::size_t whole = count / kLanes * kLanes;
  // Sums of `sums` terms of each sample: `terms(x, out)` fills them.
  const auto add_up = [&]<int sums>(double(&totals)[sums], const auto& terms) {
    alignas(64) double lanes[sums][kLanes];
    F64 sum[sums][kGroups];
    F64 term[sums];
    for (auto& groups : sum) {
      for (F64& group : groups) group = F64::broadcast(0);
    }
    for (std::size_t i = 0; i < whole; i += kLanes) {
      for (int group = 0; group < kGroups; ++group) {
        terms(F64::load_float(samples + i + group * F64::kWidth), term);
        for (int k = 0; k < sums; ++k) sum[k][group] = sum[k][group] + term[k];
      }
    }
    for (int k = 0; k < sums; ++k) {
      for (int group = 0; group < kGroups; ++group) sum[k][group].store(lanes[k] + group * F64::kWidth);
    }
    for (std::size_t i = whole; i < count; ++i) {
      // The rest one by one, as vectors of equal lanes: the same arithmetic.
      alignas(64) double single[F64::kWidth];
      terms(F64::broadcast(static_cast<double>(samples[i])), term);
      for (int k = 0; k < sums; ++k) {
        term[k].store(single);
        lanes[k][i - whole] += single[0];
      }
    }
    for (int k = 0; k < sums; ++k) {
      for (int step = kLanes / 2; step > 0; step /= 2) {
        for (int lane = 0; lane < step; ++lane) lanes[k][lane] += lanes[k][lane + step];
      }
      totals[k] = lanes[k][0];
    }
  };
  const double number = static_cast<double>(count);
  SampleMoments moments;
  double first[1];
  add_up(first, [](F64 x, F64(&term)[1]) { term[0] = x; });
  moments.mean = first[0] / number;
  const F64 mean = F64::broadcast(moments.mean);
  double central[3];
  add_up(central, [&](F64 x, F64(&term)[3]) {
    const F64 d = x - mean;
    const F64 square = d * d;
    term[0] = square;
    term[1] = square * d;
    term[2] = square * square;
  });
  moments.second = central[0] / number;
  moments.third = central[1] / number;
  moments.fourth = central[2] / number;
  return moments;
}

}  // namespace voxlake::features::kernels
