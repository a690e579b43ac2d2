#pragma once

// The STFT of sixteen frames side by side. 2,048 real samples are taken as 1,024 complex points z[n] = x[2n] + i x[2n + 1], whose
// transform runs over a grid of 32 by 32 (n = 32 a + b, k = c + 32 d): first the 32 columns (over a), each straight from the samples, then
// the 32 rows (over b), whose results pair up (k with 1024 - k) into the spectrum of the real samples. A transform of 32 is one of 8 over
// one of 4, in registers. Memory is thus gone through twice, whatever the cache.

#include "features/kernels.h"

namespace voxlake::features::kernels {

template <typename V>
struct Complex {
  typename V::F64 re;
  typename V::F64 im;

  Complex operator+(Complex b) const { return {re + b.re, im + b.im}; }
  Complex operator-(Complex b) const { return {re - b.re, im - b.im}; }
  /// This plus, and less, -i times b.
  Complex plus_turned(Complex b) const { return {re + b.im, im - b.re}; }
  Complex minus_turned(Complex b) const { return {re - b.im, im + b.re}; }
  Complex times(double c, double s) const {
    using F64 = typename V::F64;
    const F64 cosine = F64::broadcast(c);
    const F64 sine = F64::broadcast(s);
    return {re * cosine - im * sine, re * sine + im * cosine};
  }
};

template <typename V>
inline void transform_4(Complex<V> (&p)[4]) {
  const Complex<V> a = p[0] + p[2];
  const Complex<V> b = p[0] - p[2];
  const Complex<V> c = p[1] + p[3];
  const Complex<V> d = p[1] - p[3];
  p[0] = a + c;
  p[1] = b.plus_turned(d);
  p[2] = a - c;
  p[3] = b.minus_turned(d);
}

template <typename V>
inline void transform_8(Complex<V> (&p)[8]) {
  using F64 = typename V::F64;
  Complex<V> even[4] = {p[0], p[2], p[4], p[6]};
  Complex<V> odd[4] = {p[1], p[3], p[5], p[7]};
  transform_4<V>(even);
  transform_4<V>(odd);
  const F64 root = F64::broadcast(0.70710678118654752440);
  odd[1] = {(odd[1].re + odd[1].im) * root, (odd[1].im - odd[1].re) * root};
  odd[3] = {(odd[3].re + odd[3].im) * root, (odd[3].im - odd[3].re) * root};  // times -i
  p[0] = even[0] + odd[0];
  p[1] = even[1] + odd[1];
  p[2] = even[2].plus_turned(odd[2]);
  p[3] = even[3].plus_turned(odd[3]);
  p[4] = even[0] - odd[0];
  p[5] = even[1] - odd[1];
  p[6] = even[2].minus_turned(odd[2]);
  p[7] = even[3].minus_turned(odd[3]);
}

/// 32 points: `load(n)` gives them, `store(k, value)` takes their transform.
template <typename V, typename Load, typename Store>
inline void transform_32(const double* twiddles, const Load& load, const Store& store) {
  using F64 = typename V::F64;
  constexpr int kWidth = F64::kWidth;
  alignas(64) double scratch[32 * 2 * kWidth];
  for (int b = 0; b < 4; ++b) {
    Complex<V> p[8];
    for (int a = 0; a < 8; ++a) p[a] = load(4 * a + b);
    transform_8<V>(p);
    for (int c = 0; c < 8; ++c) {
      const double* twiddle = twiddles + 2 * (b * 8 + c);
      const Complex<V> value = b == 0 || c == 0 ? p[c] : p[c].times(twiddle[0], twiddle[1]);
      double* place = scratch + (c * 4 + b) * 2 * kWidth;
      value.re.store(place);
      value.im.store(place + kWidth);
    }
  }
  for (int c = 0; c < 8; ++c) {
    Complex<V> p[4];
    for (int b = 0; b < 4; ++b) {
      const double* place = scratch + (c * 4 + b) * 2 * kWidth;
      p[b] = {F64::load(place), F64::load(place + kWidth)};
    }
    transform_4<V>(p);
    for (int d = 0; d < 4; ++d) store(c + 8 * d, p[d]);
  }
}

/// |re + i im| by max * sqrt(1 + (min / max)^2) with the product-sum rounded once, in float: numpy's own way, bit for bit. As soon as a bin
/// is there: the processor divides and takes roots while it goes on with the transform.
template <typename V>
inline void put_magnitude(Complex<V> value, float* magnitude, float* power) {
  using F64 = typename V::F64;
  using Half = typename V::F32Half;
  const Half re = Half::abs(Half::round(value.re));
  const Half im = Half::abs(Half::round(value.im));
  const Half large = Half::max(re, im);
  const F64 ratio = (Half::min(re, im) / Half::one_where_zero(large)).widened();
  const Half size = Half::sqrt(Half::round(ratio * ratio + F64::broadcast(1))) * large;
  size.store(magnitude);
  (size * size).store(power);
}

/// Two bins of the real spectrum out of one of the complex transform and its mirror. bin in [1, 512]. That takes halves of sums: the
/// samples were halved with the window.
template <typename V>
inline void split_pair(const SpectrumTables& tables, int bin, Complex<V> z, Complex<V> mirrored, float* magnitude, float* power) {
  const Complex<V> even = {z.re + mirrored.re, z.im - mirrored.im};
  const Complex<V> odd = {z.im + mirrored.im, mirrored.re - z.re};
  const Complex<V> turned = odd.times(tables.split[2 * bin], tables.split[2 * bin + 1]);
  // The sign of the imaginary part does not matter to a magnitude.
  put_magnitude<V>(even + turned, magnitude + static_cast<std::size_t>(bin) * kLanes, power + static_cast<std::size_t>(bin) * kLanes);
  const std::size_t high = static_cast<std::size_t>(1024 - bin) * kLanes;
  put_magnitude<V>(even - turned, magnitude + high, power + high);
}

/// The transforms of the lanes from `lane` on, as many as an F64 holds.
template <typename V>
inline void transform_lanes(const SpectrumTables& tables, const float* blocks, int lane, double* work, float* magnitude, float* power) {
  magnitude += lane;
  power += lane;
  using F64 = typename V::F64;
  constexpr int kPoint = 2 * F64::kWidth;
  for (int b = 0; b < 32; ++b) {
    const double* twiddles = tables.row_twiddles.data() + std::size_t{2} * 32 * b;
    transform_32<V>(
        tables.column_twiddles.data(),
        [&](int a) {
          const int sample = 2 * (32 * a + b);
          const float* place = blocks + (sample % kHopSamples) * kBlockStride + lane + sample / kHopSamples;
          return Complex<V>{F64::load_float(place) * F64::broadcast(tables.half_window[sample]),
                            F64::load_float(place + kBlockStride) * F64::broadcast(tables.half_window[sample + 1])};
        },
        [&](int c, Complex<V> value) {
          value = value.times(twiddles[2 * c], twiddles[2 * c + 1]);
          double* place = work + (c * 32 + b) * kPoint;
          value.re.store(place);
          value.im.store(place + F64::kWidth);
        });
  }
  alignas(64) double row[32 * kPoint];
  alignas(64) double mirror_row[32 * kPoint];
  const auto transform_row = [&](int c, double* out) {
    transform_32<V>(
        tables.column_twiddles.data(),
        [&](int b) {
          const double* place = work + (c * 32 + b) * kPoint;
          return Complex<V>{F64::load(place), F64::load(place + F64::kWidth)};
        },
        [&](int d, Complex<V> value) {
          value.re.store(out + d * kPoint);
          value.im.store(out + d * kPoint + F64::kWidth);
        });
  };
  const auto point = [](const double* from, int d) {
    return Complex<V>{F64::load(from + d * kPoint), F64::load(from + d * kPoint + F64::kWidth)};
  };
  for (int c = 0; c <= 16; ++c) {
    transform_row(c, row);
    const bool own_mirror = c == 0 || c == 16;
    if (!own_mirror) transform_row(32 - c, mirror_row);
    const double* mirror = own_mirror ? row : mirror_row;
    if (c == 0) {
      const Complex<V> z = point(row, 0);
      const F64 two = F64::broadcast(2);
      const F64 zero = F64::broadcast(0);
      put_magnitude<V>({(z.re + z.im) * two, zero}, magnitude, power);
      put_magnitude<V>({(z.re - z.im) * two, zero}, magnitude + std::size_t{1024} * kLanes, power + std::size_t{1024} * kLanes);
      for (int d = 1; d <= 16; ++d) split_pair<V>(tables, 32 * d, point(row, d), point(mirror, 32 - d), magnitude, power);
    } else {
      const int end = own_mirror ? 16 : 32;
      for (int d = 0; d < end; ++d) {
        const int bin = c + 32 * d;
        if (bin <= 512) {
          split_pair<V>(tables, bin, point(row, d), point(mirror, 31 - d), magnitude, power);
        } else {
          split_pair<V>(tables, 1024 - bin, point(mirror, 31 - d), point(row, d), magnitude, power);
        }
      }
    }
  }
}

template <typename V>
void spectrum(const SpectrumTables& tables, const float* blocks, double* work, float* magnitude, float* power) {
  for (int lane = 0; lane < kLanes; lane += V::F64::kWidth) transform_lanes<V>(tables, blocks, lane, work, magnitude, power);
}

}  // namespace voxlake::features::kernels
