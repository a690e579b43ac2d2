#pragma once

// What is read off the magnitudes of sixteen frames: sums over bins, each lane a frame, in the order of the bins.

#include <span>

#include "features/kernels.h"
#include "features/logarithm_kernel.h"

namespace voxlake::features::kernels {

/// Sums of one pass over the bins.
template <typename V>
struct ShapeSums {
  typename V::F64 total;     ///< of S
  typename V::F64 leaning;   ///< of (k - 512) S
  typename V::F64 power;     ///< of max(1e-10, S^2)
  typename V::F64 mantissa;  ///< product of its mantissas
  typename V::I64 exponent;  ///< sum of its biased exponents
};

/// The mean of a thousand logarithms costs one: of the product of the mantissas, with the exponents added up apart. A product of 512
/// numbers under 2 still fits; then its own exponent is moved over.
template <typename V>
inline void move_exponent(ShapeSums<V>& sums) {
  using I64 = typename V::I64;
  const I64 bits = I64::bits_of(sums.mantissa);
  sums.exponent = sums.exponent + bits.template shift_right<52>() - I64::broadcast(1023);
  sums.mantissa = ((bits & I64::broadcast(0x000fffffffffffff)) | I64::broadcast(0x3ff0000000000000)).as_double();
}

/// `beside(bin)` is other work to do for each bin while these sums wait for one another.
template <typename V, typename Beside>
inline ShapeSums<V> sum_shape(const float* magnitude, const float* power, int lane, const Beside& beside) {
  using F64 = typename V::F64;
  using I64 = typename V::I64;
  ShapeSums<V> sums = {F64::broadcast(0), F64::broadcast(0), F64::broadcast(0), F64::broadcast(1), I64::broadcast(0)};
  const F64 floor = F64::broadcast(static_cast<double>(1e-10F));
  for (int bin = 0; bin < kBins; ++bin) {
    const F64 s = F64::load_float(magnitude + bin * kLanes + lane);
    sums.total = sums.total + s;
    sums.leaning = sums.leaning + s * F64::broadcast(bin - 512);
    const F64 p = F64::max(F64::load_float(power + bin * kLanes + lane), floor);
    sums.power = sums.power + p;
    const I64 bits = I64::bits_of(p);
    sums.exponent = sums.exponent + bits.template shift_right<52>();
    sums.mantissa = sums.mantissa * ((bits & I64::broadcast(0x000fffffffffffff)) | I64::broadcast(0x3ff0000000000000)).as_double();
    if (bin % 512 == 511) move_exponent<V>(sums);
    beside(bin);
  }
  move_exponent<V>(sums);
  return sums;
}

template <typename V>
inline typename V::F64 flatness_of(const ShapeSums<V>& sums) {
  using F64 = typename V::F64;
  using I64 = typename V::I64;
  // The summed exponents as doubles: they are far below 2^52.
  const F64 exponents =
      (sums.exponent | I64::broadcast(0x4330000000000000)).as_double() - F64::broadcast(4503599627370496.0 + 1023.0 * kBins);
  const F64 log_sum = natural_log<V>(sums.mantissa) + exponents * F64::broadcast(0.69314718055994530942);
  const F64 bins = F64::broadcast(kBins);
  return exponential<V>(log_sum / bins) / (sums.power / bins);
}

/// Bandwidth, by a second pass about the centroid (in bins).
template <typename V, typename Beside>
inline typename V::F64 squared_bandwidth(const float* magnitude, int lane, typename V::F64 centroid, const Beside& beside) {
  using F64 = typename V::F64;
  F64 sum = F64::broadcast(0);
  for (int bin = 0; bin < kBins; ++bin) {
    const F64 distance = F64::broadcast(bin) - centroid;
    sum = sum + F64::load_float(magnitude + bin * kLanes + lane) * (distance * distance);
    beside(bin);
  }
  return sum;
}

/// The first bin whose cumulative magnitude, added up in float from bin 0 as numpy.cumsum does, reaches 0.85 of the total. The sum never
/// falls, so that bin's number is how many sums lie below. Two passes over the bins, for other passes to take along; of the lanes that an
/// F32 holds.
template <typename V>
class Rolloff {
  using F32 = typename V::F32;

 public:
  Rolloff(const float* magnitude, int lane) : place_(magnitude + lane) { total_ = sum_ = below_ = F32::broadcast(0); }
  void add(int bin) { total_ = total_ + F32::load(place_ + bin * kLanes); }
  void begin_counting() { total_ = total_ * F32::broadcast(0.85F); }
  void count(int bin) {
    sum_ = sum_ + F32::load(place_ + bin * kLanes);
    below_ = below_ + F32::select_less(sum_, total_, F32::broadcast(1), F32::broadcast(0));
  }
  void store(double bin_hz, double* out) const {
    float bins[F32::kWidth];
    below_.store(bins);
    for (int lane = 0; lane < F32::kWidth; ++lane) out[lane] = static_cast<double>(bins[lane]) * bin_hz;
  }

 private:
  const float* place_;
  F32 total_, sum_, below_;
};

template <typename V>
void shape(const float* magnitude, const float* power, double bin_hz, SpectralShape& out) {
  using F64 = typename V::F64;
  // Below this librosa leaves a column as it is.
  const F64 tiny = F64::broadcast(0x1p-126);
  const F64 one = F64::broadcast(1);
  const F64 hz = F64::broadcast(bin_hz);
  constexpr double kBinVariance = 512.0 * 513.0 * 1025.0 / 3.0;  // sum of (k - 512)^2
  const auto find = [&](int lane, const auto& beside_sums, const auto& beside_bandwidth) {
    const ShapeSums<V> sums = sum_shape<V>(magnitude, power, lane, beside_sums);
    const F64 norm = F64::select_less(sums.total, tiny, one, sums.total);
    const F64 centroid = (sums.leaning + F64::broadcast(512) * sums.total) / norm;
    (centroid * hz).store(out.centroid + lane);
    (F64::sqrt(squared_bandwidth<V>(magnitude, lane, centroid, beside_bandwidth) / norm) * hz).store(out.bandwidth + lane);
    flatness_of<V>(sums).store_float(out.flatness + lane);
    const F64 slope = sums.leaning / F64::broadcast(kBinVariance);
    (slope / hz).store(out.slope + lane);
    (sums.total / F64::broadcast(kBins) - slope * F64::broadcast(512)).store(out.intercept + lane);
  };
  const auto nothing = [](int) {};
  for (int first = 0; first < kLanes; first += V::F32::kWidth) {
    Rolloff<V> rolloff(magnitude, first);
    find(
        first, [&](int bin) { rolloff.add(bin); },
        [&](int bin) {
          if (bin == 0) rolloff.begin_counting();
          rolloff.count(bin);
        });
    for (int lane = first + F64::kWidth; lane < first + V::F32::kWidth; lane += F64::kWidth) find(lane, nothing, nothing);
    rolloff.store(bin_hz, out.rolloff + first);
  }
}

template <typename V>
void filter(const FilterBank& bank, const float* power, float* out) {
  using F64 = typename V::F64;
  constexpr int kGroups = kLanes / F64::kWidth;
  for (int row = 0; row < bank.rows; ++row) {
    F64 sum[kGroups];
    for (F64& group : sum) group = F64::broadcast(0);
    const double* weights = bank.weights.data() + bank.offset[row];
    const float* bins = power + bank.first_bin[row] * kLanes;
    for (int i = 0; i < bank.bin_count[row]; ++i) {
      const F64 weight = F64::broadcast(weights[i]);
      for (int group = 0; group < kGroups; ++group) {
        sum[group] = sum[group] + weight * F64::load_float(bins + i * kLanes + group * F64::kWidth);
      }
    }
    for (int group = 0; group < kGroups; ++group) sum[group].store_float(out + row * kLanes + group * F64::kWidth);
  }
}

template <typename V>
void chroma(const double* weights, const float* power, float* out) {
  using F64 = typename V::F64;
  const F64 tiny = F64::broadcast(0x1p-126);
  const F64 one = F64::broadcast(1);
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    F64 sum[kChromaClasses];
    for (F64& pitch : sum) pitch = F64::broadcast(0);
    for (int bin = 0; bin < kBins; ++bin) {
      const F64 p = F64::load_float(power + bin * kLanes + lane);
      for (int pitch = 0; pitch < kChromaClasses; ++pitch) {
        sum[pitch] = sum[pitch] + p * F64::broadcast(weights[bin * kChromaClasses + pitch]);
      }
    }
    F64 largest = sum[0];
    for (int pitch = 1; pitch < kChromaClasses; ++pitch) largest = F64::max(largest, sum[pitch]);
    largest = F64::select_less(largest, tiny, one, largest);
    for (int pitch = 0; pitch < kChromaClasses; ++pitch) (sum[pitch] / largest).store_float(out + pitch * kLanes + lane);
  }
}

inline constexpr double kDecibelsPerNeper = 4.34294481903251827651;  // 10 / ln 10

template <typename V>
void decibels(const float* in, float* out, std::size_t count) {
  using F64 = typename V::F64;
  const F64 floor = F64::broadcast(static_cast<double>(1e-10F));
  for (std::size_t i = 0; i < count; i += F64::kWidth) {
    (natural_log<V>(F64::max(F64::load_float(in + i), floor)) * F64::broadcast(kDecibelsPerNeper)).store_float(out + i);
  }
}

/// The transform is of the distance to each lane's first value: every row but the first is blind to a constant, and so gives exactly 0 for
/// a silent frame, where rounding would leave a trace of either sign.
template <typename V>
void cosine(std::span<const double> weights, int inputs, int rows, const float* in, float floor, double* work, float* out) {
  using F64 = typename V::F64;
  constexpr int kTogether = 4;  // rows of one parity, for as many independent sums
  const int half = inputs / 2;
  double* sums = work;
  double* differences = work + half * kLanes;
  const F64 lowest = F64::broadcast(static_cast<double>(floor));
  const auto value = [&](int i, int lane) { return F64::max(F64::load_float(in + i * kLanes + lane), lowest); };
  for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
    const F64 origin = value(0, lane);
    for (int i = 0; i < half; ++i) {
      const F64 a = value(i, lane) - origin;
      const F64 b = value(inputs - 1 - i, lane) - origin;
      (a + b).store(sums + i * kLanes + lane);
      (a - b).store(differences + i * kLanes + lane);
    }
  }
  for (int parity = 0; parity < 2; ++parity) {
    const double* folded = parity == 0 ? sums : differences;
    for (int first = parity; first < rows; first += 2 * kTogether) {
      const int together = (rows - first + 1) / 2 < kTogether ? (rows - first + 1) / 2 : kTogether;
      for (int lane = 0; lane < kLanes; lane += F64::kWidth) {
        F64 sum[kTogether];
        for (F64& row : sum) row = F64::broadcast(0);
        if (first == 0) sum[0] = value(0, lane) * F64::broadcast(inputs * weights[0]);
        const double* row_weights[kTogether];
        for (int r = 0; r < kTogether; ++r) row_weights[r] = weights.data() + (first + 2 * (r < together ? r : 0)) * half;
        for (int i = 0; i < half; ++i) {
          const F64 x = F64::load(folded + i * kLanes + lane);
          for (int r = 0; r < kTogether; ++r) sum[r] = sum[r] + x * F64::broadcast(row_weights[r][i]);
        }
        for (int r = 0; r < together; ++r) sum[r].store_float(out + (first + 2 * r) * kLanes + lane);
      }
    }
  }
}

template <typename V>
void weighted_logs_double(const double* in, double* out, std::size_t count) {
  using F64 = typename V::F64;
  const F64 tiny = F64::broadcast(0x1p-1000);
  for (std::size_t i = 0; i < count; i += F64::kWidth) {
    const F64 x = F64::load(in + i);
    (x * natural_log<V>(F64::max(x, tiny))).store(out + i);
  }
}

template <typename V>
void weighted_logs_float(const float* in, double* out, std::size_t count) {
  using F64 = typename V::F64;
  const F64 tiny = F64::broadcast(0x1p-1000);
  for (std::size_t i = 0; i < count; i += F64::kWidth) {
    const F64 x = F64::load_float(in + i);
    (x * natural_log<V>(F64::max(x, tiny))).store(out + i);
  }
}

}  // namespace voxlake::features::kernels
