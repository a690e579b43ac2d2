#pragma once

// The fifteen functionals of sixteen rows at once: each lane is a row. One sort, by a network that is the same for every row, serves
// median, quartiles, mode, minimum and maximum. functional.cc says the same for one row, plainly.

#include <iterator>

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

/// What to compare to sort eight values, and to merge two sorted eights: Batcher's odd-even merge sort (1968).
struct SortEight {
  static constexpr int kPlaces = kSortBlock;
  static constexpr int kPairs[][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {1, 2}, {5, 6},
                                      {0, 4}, {1, 5}, {2, 6}, {3, 7}, {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}};
};
struct MergeEights {
  static constexpr int kPlaces = 2 * kSortBlock;
  static constexpr int kPairs[][2] = {{0, 8}, {1, 9},  {2, 10}, {3, 11}, {4, 12}, {5, 13},  {6, 14}, {7, 15},  {4, 8},
                                      {5, 9}, {6, 10}, {7, 11}, {2, 4},  {3, 5},  {6, 8},   {7, 9},  {10, 12}, {11, 13},
                                      {1, 2}, {3, 4},  {5, 6},  {7, 8},  {9, 10}, {11, 12}, {13, 14}};
};

template <typename Vector>
inline void put_in_order(Vector& low, Vector& high) {
  const Vector smaller = Vector::min(low, high);
  high = Vector::max(low, high);
  low = smaller;
}

/// All pairs, unrolled, so that the places are registers.
template <typename Pairs, typename Vector, std::size_t... i>
inline void put_in_order(Vector (&places)[Pairs::kPlaces], std::index_sequence<i...>) {
  (put_in_order(places[Pairs::kPairs[i][0]], places[Pairs::kPairs[i][1]]), ...);
}
template <typename Pairs, typename Vector>
inline void put_in_order(Vector (&places)[Pairs::kPlaces]) {
  put_in_order<Pairs>(places, std::make_index_sequence<std::size(Pairs::kPairs)>());
}

template <typename V, typename T>
inline void sort_lanes(const Network& network, int frames, T* values) {
  using Vector = typename VectorOf<V, T>::Type;
  constexpr std::size_t kBlockValues = std::size_t{kSortBlock} * kLanes;
  const int blocks = sort_blocks(frames);
  // The last eight is filled up with what sorts behind everything.
  for (std::size_t i = static_cast<std::size_t>(frames) * kLanes; i < blocks * kBlockValues; ++i)
    values[i] = static_cast<T>(__builtin_inf());
  for (int lane = 0; lane < kLanes; lane += Vector::kWidth) {
    for (int block = 0; block < blocks; ++block) {
      T* place = values + block * kBlockValues + lane;
      Vector eight[kSortBlock];
      for (int i = 0; i < kSortBlock; ++i) eight[i] = Vector::load(place + i * kLanes);
      put_in_order<SortEight>(eight);
      for (int i = 0; i < kSortBlock; ++i) eight[i].store(place + i * kLanes);
    }
    for (const auto& [low, high] : network) {
      T* lower = values + low * kBlockValues + lane;
      T* higher = values + high * kBlockValues + lane;
      Vector both[2 * kSortBlock];
      for (int i = 0; i < kSortBlock; ++i) {
        both[i] = Vector::load(lower + i * kLanes);
        both[kSortBlock + i] = Vector::load(higher + i * kLanes);
      }
      put_in_order<MergeEights>(both);
      for (int i = 0; i < kSortBlock; ++i) {
        both[i].store(lower + i * kLanes);
        both[kSortBlock + i].store(higher + i * kLanes);
      }
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
  // Runs of equal values; only a longer run takes over, so that the smallest value wins. Where a run began is carried along, not its
  // length, so that a step waits for little of the one before.
  alignas(64) T modes[kLanes];
  alignas(64) T counts[kLanes];
  for (int lane = 0; lane < kLanes; lane += Vector::kWidth) {
    Vector previous = Vector::load(sorted + lane);
    Vector mode = previous;
    Vector begin = Vector::broadcast(0);
    Vector best = Vector::broadcast(1);
    for (int frame = 1; frame < frames; ++frame) {
      const Vector value = Vector::load(sorted + static_cast<std::size_t>(frame) * kLanes + lane);
      begin = Vector::select_equal(value, previous, begin, Vector::broadcast(static_cast<T>(frame)));
      const Vector run = Vector::broadcast(static_cast<T>(frame + 1)) - begin;
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

/// Sums over the frames, of as many lanes at a time as give the processor two additions to do side by side: each waits for the one before.
template <typename V>
struct MomentSums {
  static constexpr int kGroups = 2;
  typename V::F64 first[kGroups];
  typename V::F64 second[kGroups];
  typename V::F64 third[kGroups];
  typename V::F64 fourth[kGroups];
};

template <typename V, typename T>
inline void describe_moments(const RowBlock<T>& block, double* out) {
  using F64 = typename V::F64;
  using Sums = MomentSums<V>;
  const auto row = [&](Functional functional) { return out + static_cast<int>(functional) * kLanes; };
  const F64 count = F64::broadcast(block.frames);
  const F64 zero = F64::broadcast(0);
  const F64 undefined = F64::broadcast(__builtin_nan(""));
  for (int first_lane = 0; first_lane < kLanes; first_lane += Sums::kGroups * F64::kWidth) {
    Sums sums;
    F64 weighted[Sums::kGroups];
    F64 mean[Sums::kGroups];
    for (int group = 0; group < Sums::kGroups; ++group) {
      sums.first[group] = weighted[group] = sums.second[group] = sums.third[group] = sums.fourth[group] = zero;
    }
    for (int frame = 0; frame < block.frames; ++frame) {
      const T* values = block.values + frame * block.stride + first_lane;
      for (int group = 0; group < Sums::kGroups; ++group) {
        sums.first[group] = sums.first[group] + VectorOf<V, T>::widen(values + group * F64::kWidth);
      }
    }
    for (int frame = 0; block.weighted_logs != nullptr && frame < block.frames; ++frame) {
      const double* logs = block.weighted_logs + frame * block.log_stride + first_lane;
      for (int group = 0; group < Sums::kGroups; ++group) weighted[group] = weighted[group] + F64::load(logs + group * F64::kWidth);
    }
    for (int group = 0; group < Sums::kGroups; ++group) {
      // The sum of equal values may be off by a rounding, and their variance must be 0.
      const int lane = first_lane + group * F64::kWidth;
      const F64 range = F64::load(row(Functional::range) + lane);
      mean[group] = F64::select_equal(range, zero, F64::load(row(Functional::min) + lane), sums.first[group] / count);
    }
    for (int frame = 0; frame < block.frames; ++frame) {
      const T* values = block.values + frame * block.stride + first_lane;
      for (int group = 0; group < Sums::kGroups; ++group) {
        const F64 d = VectorOf<V, T>::widen(values + group * F64::kWidth) - mean[group];
        const F64 square = d * d;
        sums.second[group] = sums.second[group] + square;
        sums.third[group] = sums.third[group] + square * d;
        sums.fourth[group] = sums.fourth[group] + square * square;
      }
    }
    for (int group = 0; group < Sums::kGroups; ++group) {
      const int lane = first_lane + group * F64::kWidth;
      const F64 low = F64::load(row(Functional::min) + lane);
      const F64 sum = sums.first[group];
      const F64 second = sums.second[group] / count;
      mean[group].store(row(Functional::mean) + lane);
      second.store(row(Functional::variance) + lane);
      F64::sqrt(second).store(row(Functional::deviation) + lane);
      const F64 resolution = mean[group] * F64::broadcast(0x1p-52);
      const F64 limit = resolution * resolution;
      const F64 kurtosis = sums.fourth[group] / count / (second * second) - F64::broadcast(3);
      const F64 skewness = sums.third[group] / count / (second * F64::sqrt(second));
      F64::select_less(limit, second, kurtosis, undefined).store(row(Functional::kurtosis) + lane);
      F64::select_less(limit, second, skewness, undefined).store(row(Functional::skewness) + lane);
      const F64 positive = F64::select_less(zero, sum, sum, F64::broadcast(1));
      const F64 entropy = F64::max(natural_log<V>(F64::max(positive, F64::broadcast(0x1p-1000))) - weighted[group] / positive, zero);
      const F64 with_sum = F64::select_less(zero, sum, entropy, undefined);
      F64::select_less(low, zero, undefined, with_sum).store(row(Functional::entropy) + lane);
    }
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
  sort_lanes<V>(network, block.frames, work);
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

}  // namespace voxlake::features::kernels
