#pragma once

// The fifteen functionals of sixteen rows at once: each lane is a row. One sort, by a network that is the same for every row, serves
// median, quartiles, mode, minimum and maximum. functional.cc says the same for one row, plainly.

#include "features/kernels.h"
#include "features/logarithm_kernel.h"

namespace voxlake::features::kernels {

/// Vectors of the type of the values.
template <typename V, typename T>
struct VectorOf;
template <typename V>
struct VectorOf<V, float> {
  using Type = typename V::F32;
  static typename V::F64 widen(const float* p) { return V::F64::load_float(p); }
};
template <typename V>
struct VectorOf<V, double> {
  using Type = typename V::F64;
  static typename V::F64 widen(const double* p) { return V::F64::load(p); }
};

template <typename V, typename T>
inline void sort_lanes(const Network& network, T* values) {
  using Vector = typename VectorOf<V, T>::Type;
  for (const auto& [low, high] : network) {
    for (int lane = 0; lane < kLanes; lane += Vector::kWidth) {
      T* a = values + static_cast<std::size_t>(low) * kLanes + lane;
      T* b = values + static_cast<std::size_t>(high) * kLanes + lane;
      const Vector x = Vector::load(a);
      const Vector y = Vector::load(b);
      Vector::min(x, y).store(a);
      Vector::max(x, y).store(b);
    }
  }
}

template <typename V, typename T>
inline void describe_order(const T* sorted, int frames, double* out) {
  using F64 = typename V::F64;
  using Vector = typename VectorOf<V, T>::Type;
  const auto row = [&](Functional functional) { return out + static_cast<int>(functional) * kLanes; };
  const auto quantile = [&](double q, int lane) {
    const QuantilePosition position = quantile_position(frames, q);
    const F64 below = VectorOf<V, T>::widen(sorted + position.below * kLanes + lane);
    const F64 above = VectorOf<V, T>::widen(sorted + position.above * kLanes + lane);
    const F64 difference = above - below;
    if (position.fraction >= 0.5) return above - difference * F64::broadcast(1 - position.fraction);
    return below + difference * F64::broadcast(position.fraction);
  };
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    const F64 low = VectorOf<V, T>::widen(sorted + lane);
    const F64 high = VectorOf<V, T>::widen(sorted + static_cast<std::size_t>(frames - 1) * kLanes + lane);
    low.store(row(Functional::min) + lane);
    high.store(row(Functional::max) + lane);
    (high - low).store(row(Functional::range) + lane);
    quantile(0.5, lane).store(row(Functional::median) + lane);
    const F64 first = quantile(0.25, lane);
    const F64 third = quantile(0.75, lane);
    first.store(row(Functional::first_quartile) + lane);
    third.store(row(Functional::third_quartile) + lane);
    (third - first).store(row(Functional::interquartile_range) + lane);
  }
  // Runs of equal values; only a longer run takes over, so that the smallest value wins.
  alignas(64) T modes[kLanes];
  alignas(64) T counts[kLanes];
  for (int lane = 0; lane < kLanes; lane += Vector::kWidth) {
    const Vector one = Vector::broadcast(1);
    Vector previous = Vector::load(sorted + lane);
    Vector mode = previous;
    Vector run = one;
    Vector best = one;
    for (int frame = 1; frame < frames; ++frame) {
      const Vector value = Vector::load(sorted + static_cast<std::size_t>(frame) * kLanes + lane);
      run = Vector::select_equal(value, previous, run + one, one);
      mode = Vector::select_less(best, run, value, mode);
      best = Vector::max(best, run);
      previous = value;
    }
    mode.store(modes + lane);
    best.store(counts + lane);
  }
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    VectorOf<V, T>::widen(modes + lane).store(row(Functional::mode) + lane);
    VectorOf<V, T>::widen(counts + lane).store(row(Functional::mode_count) + lane);
  }
}

template <typename V, typename T>
inline void describe_moments(const RowBlock<T>& block, double* out) {
  using F64 = typename V::F64;
  const auto row = [&](Functional functional) { return out + static_cast<int>(functional) * kLanes; };
  const F64 count = F64::broadcast(block.frames);
  const F64 zero = F64::broadcast(0);
  const F64 undefined = F64::broadcast(__builtin_nan(""));
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    F64 sum = zero;
    F64 weighted = zero;
    for (int frame = 0; frame < block.frames; ++frame) {
      sum = sum + VectorOf<V, T>::widen(block.values + frame * block.stride + lane);
    }
    for (int frame = 0; block.weighted_logs != nullptr && frame < block.frames; ++frame) {
      weighted = weighted + F64::load(block.weighted_logs + frame * block.log_stride + lane);
    }
    // The sum of equal values may be off by a rounding, and their variance must be 0.
    const F64 range = F64::load(row(Functional::range) + lane);
    const F64 low = F64::load(row(Functional::min) + lane);
    const F64 mean = F64::select_equal(range, zero, low, sum / count);
    F64 second = zero;
    F64 third = zero;
    F64 fourth = zero;
    for (int frame = 0; frame < block.frames; ++frame) {
      const F64 d = VectorOf<V, T>::widen(block.values + frame * block.stride + lane) - mean;
      const F64 square = d * d;
      second = second + square;
      third = third + square * d;
      fourth = fourth + square * square;
    }
    second = second / count;
    mean.store(row(Functional::mean) + lane);
    second.store(row(Functional::variance) + lane);
    F64::sqrt(second).store(row(Functional::deviation) + lane);
    const F64 resolution = mean * F64::broadcast(0x1p-52);
    const F64 limit = resolution * resolution;
    const F64 kurtosis = fourth / count / (second * second) - F64::broadcast(3);
    const F64 skewness = third / count / (second * F64::sqrt(second));
    F64::select_less(limit, second, kurtosis, undefined).store(row(Functional::kurtosis) + lane);
    F64::select_less(limit, second, skewness, undefined).store(row(Functional::skewness) + lane);
    const F64 positive = F64::select_less(zero, sum, sum, F64::broadcast(1));
    const F64 entropy = F64::max(natural_log<V>(F64::max(positive, F64::broadcast(0x1p-1000))) - weighted / positive, zero);
    const F64 with_sum = F64::select_less(zero, sum, entropy, undefined);
    F64::select_less(low, zero, undefined, with_sum).store(row(Functional::entropy) + lane);
  }
}

template <typename V, typename T>
inline void describe(const RowBlock<T>& block, const Network& network, T* work, double* out) {
  using Vector = typename VectorOf<V, T>::Type;
  for (int frame = 0; frame < block.frames; ++frame) {
    for (int lane = 0; lane < kLanes; lane += Vector::kWidth) {
      Vector::load(block.values + frame * block.stride + lane).store(work + static_cast<std::size_t>(frame) * kLanes + lane);
    }
  }
  sort_lanes<V>(network, work);
  describe_order<V>(work, block.frames, out);
  describe_moments<V>(block, out);
}

template <typename V>
void describe_float(const RowBlock<float>& block, const Network& network, float* work, double* out) {
  describe<V, float>(block, network, work, out);
}

template <typename V>
void describe_double(const RowBlock<double>& block, const Network& network, double* work, double* out) {
  describe<V, double>(block, network, work, out);
}

template <typename V>
SampleMoments sample_moments(const float* samples, std::size_t count) {
  using F64 = typename V::F64;
  constexpr int kGroups = kLanes / F64::kWidth;
  const std::size_t whole = count / kLanes * kLanes;
  const auto total = [&](auto term) {
    alignas(64) double lanes[kLanes];
    F64 sum[kGroups];
    for (F64& group : sum) group = F64::broadcast(0);
    for (std::size_t i = 0; i < whole; i += kLanes) {
      for (int group = 0; group < kGroups; ++group) sum[group] = sum[group] + term(F64::load_float(samples + i + group * F64::kWidth));
    }
    for (int group = 0; group < kGroups; ++group) sum[group].store(lanes + group * F64::kWidth);
    for (std::size_t i = whole; i < count; ++i) {
      // The rest one by one, as vectors of equal lanes: the same arithmetic.
      alignas(64) double single[F64::kWidth];
      term(F64::broadcast(static_cast<double>(samples[i]))).store(single);
      lanes[i - whole] += single[0];
    }
    for (int step = kLanes / 2; step > 0; step /= 2) {
      for (int lane = 0; lane < step; ++lane) lanes[lane] += lanes[lane + step];
    }
    return lanes[0];
  };
  const double number = static_cast<double>(count);
  SampleMoments moments;
  moments.mean = total([](F64 x) { return x; }) / number;
  const F64 mean = F64::broadcast(moments.mean);
  moments.second = total([&](F64 x) { return (x - mean) * (x - mean); }) / number;
  moments.third = total([&](F64 x) { return (x - mean) * (x - mean) * (x - mean); }) / number;
  moments.fourth = total([&](F64 x) { return ((x - mean) * (x - mean)) * ((x - mean) * (x - mean)); }) / number;
  return moments;
}

}  // namespace voxlake::features::kernels
