#pragma once

#include <immintrin.h>

#include <cstdint>

namespace voxlake::features::kernels {

/// AVX2, by intrinsics. See simd_portable.h for the meaning of each operation. Only to be included where the compiler's target
/// has been switched to this level (kernels_avx2.cc).
struct Avx2 {
  struct F64 {
    static constexpr int kWidth = 4;
    __m256d v;

    static F64 load(const double* p) { return {_mm256_loadu_pd(p)}; }
    static F64 load_float(const float* p) { return {_mm256_cvtps_pd(_mm_loadu_ps(p))}; }
    static F64 broadcast(double x) { return {_mm256_set1_pd(x)}; }
    void store(double* p) const { _mm256_storeu_pd(p, v); }
    void store_float(float* p) const { _mm_storeu_ps(p, _mm256_cvtpd_ps(v)); }

    static F64 sqrt(F64 a) { return {_mm256_sqrt_pd(a.v)}; }
    static F64 min(F64 a, F64 b) { return {_mm256_min_pd(a.v, b.v)}; }
    static F64 max(F64 a, F64 b) { return {_mm256_max_pd(a.v, b.v)}; }
    static F64 select_less(F64 a, F64 b, F64 x, F64 y) { return {_mm256_blendv_pd(y.v, x.v, _mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ))}; }
    static F64 select_equal(F64 a, F64 b, F64 x, F64 y) { return {_mm256_blendv_pd(y.v, x.v, _mm256_cmp_pd(a.v, b.v, _CMP_EQ_OQ))}; }
  };

  struct I64 {
    __m256i v;

    static I64 bits_of(F64 a) { return {_mm256_castpd_si256(a.v)}; }
    F64 as_double() const { return {_mm256_castsi256_pd(v)}; }
    static I64 broadcast(uint64_t x) { return {_mm256_set1_epi64x(static_cast<long long>(x))}; }
    template <int bits>
    I64 shift_right() const {
      return {_mm256_srli_epi64(v, bits)};
    }
    template <int bits>
    I64 shift_left() const {
      return {_mm256_slli_epi64(v, bits)};
    }
  };

  /// Floats, as many as an F64 has lanes.
  struct F32Half {
    __m128 v;

    static F32Half round(F64 a) { return {_mm256_cvtpd_ps(a.v)}; }
    F64 widened() const { return {_mm256_cvtps_pd(v)}; }
    void store(float* p) const { _mm_storeu_ps(p, v); }
    static F32Half min(F32Half a, F32Half b) { return {_mm_min_ps(a.v, b.v)}; }
    static F32Half max(F32Half a, F32Half b) { return {_mm_max_ps(a.v, b.v)}; }
    static F32Half sqrt(F32Half a) { return {_mm_sqrt_ps(a.v)}; }
    static F32Half abs(F32Half a) { return {_mm_and_ps(a.v, _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff)))}; }
    static F32Half one_where_zero(F32Half a) { return {_mm_blendv_ps(a.v, _mm_set1_ps(1), _mm_cmpeq_ps(a.v, _mm_setzero_ps()))}; }
  };

  struct F32 {
    static constexpr int kWidth = 8;
    __m256 v;

    static F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
    static F32 broadcast(float x) { return {_mm256_set1_ps(x)}; }
    void store(float* p) const { _mm256_storeu_ps(p, v); }

    static F32 min(F32 a, F32 b) { return {_mm256_min_ps(a.v, b.v)}; }
    static F32 max(F32 a, F32 b) { return {_mm256_max_ps(a.v, b.v)}; }
    static F32 select_less(F32 a, F32 b, F32 x, F32 y) { return {_mm256_blendv_ps(y.v, x.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))}; }
    static F32 select_equal(F32 a, F32 b, F32 x, F32 y) { return {_mm256_blendv_ps(y.v, x.v, _mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ))}; }
  };
};

// Outside the classes: GCC 12 does not give functions that a class befriends the target of the pragma.
inline Avx2::F64 operator+(Avx2::F64 a, Avx2::F64 b) {
  return {_mm256_add_pd(a.v, b.v)};
}
inline Avx2::F64 operator-(Avx2::F64 a, Avx2::F64 b) {
  return {_mm256_sub_pd(a.v, b.v)};
}
inline Avx2::F64 operator*(Avx2::F64 a, Avx2::F64 b) {
  return {_mm256_mul_pd(a.v, b.v)};
}
inline Avx2::F64 operator/(Avx2::F64 a, Avx2::F64 b) {
  return {_mm256_div_pd(a.v, b.v)};
}
inline Avx2::I64 operator+(Avx2::I64 a, Avx2::I64 b) {
  return {_mm256_add_epi64(a.v, b.v)};
}
inline Avx2::I64 operator-(Avx2::I64 a, Avx2::I64 b) {
  return {_mm256_sub_epi64(a.v, b.v)};
}
inline Avx2::I64 operator&(Avx2::I64 a, Avx2::I64 b) {
  return {_mm256_and_si256(a.v, b.v)};
}
inline Avx2::I64 operator|(Avx2::I64 a, Avx2::I64 b) {
  return {_mm256_or_si256(a.v, b.v)};
}
inline Avx2::F32Half operator*(Avx2::F32Half a, Avx2::F32Half b) {
  return {_mm_mul_ps(a.v, b.v)};
}
inline Avx2::F32Half operator/(Avx2::F32Half a, Avx2::F32Half b) {
  return {_mm_div_ps(a.v, b.v)};
}
inline Avx2::F32 operator+(Avx2::F32 a, Avx2::F32 b) {
  return {_mm256_add_ps(a.v, b.v)};
}
inline Avx2::F32 operator-(Avx2::F32 a, Avx2::F32 b) {
  return {_mm256_sub_ps(a.v, b.v)};
}
inline Avx2::F32 operator*(Avx2::F32 a, Avx2::F32 b) {
  return {_mm256_mul_ps(a.v, b.v)};
}
inline Avx2::F32 operator/(Avx2::F32 a, Avx2::F32 b) {
  return {_mm256_div_ps(a.v, b.v)};
}

}  // namespace voxlake::features::kernels
