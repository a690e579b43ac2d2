#pragma once

#include <immintrin.h>

#include <cstdint>

namespace voxlake::features::kernels {

/// AVX-512 (F, DQ, BW, VL), by intrinsics. See simd_portable.h for the meaning of each operation. Only to be included where the compiler's
/// target has been switched to this level (kernels_avx512.cc).
struct Avx512 {
  struct F64 {
    static constexpr int kWidth = 8;
    __m512d v;

    static F64 load(const double* p) { return {_mm512_loadu_pd(p)}; }
    static F64 load_float(const float* p) { return {_mm512_cvtps_pd(_mm256_loadu_ps(p))}; }
    static F64 broadcast(double x) { return {_mm512_set1_pd(x)}; }
    void store(double* p) const { _mm512_storeu_pd(p, v); }
    void store_float(float* p) const { _mm256_storeu_ps(p, _mm512_cvtpd_ps(v)); }

    static F64 sqrt(F64 a) { return {_mm512_sqrt_pd(a.v)}; }
    static F64 min(F64 a, F64 b) { return {_mm512_min_pd(a.v, b.v)}; }
    static F64 max(F64 a, F64 b) { return {_mm512_max_pd(a.v, b.v)}; }
    static F64 select_less(F64 a, F64 b, F64 x, F64 y) {
      return {_mm512_mask_blend_pd(_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ), y.v, x.v)};
    }
    static F64 select_equal(F64 a, F64 b, F64 x, F64 y) {
      return {_mm512_mask_blend_pd(_mm512_cmp_pd_mask(a.v, b.v, _CMP_EQ_OQ), y.v, x.v)};
    }
  };

  struct I64 {
    __m512i v;

    static I64 bits_of(F64 a) { return {_mm512_castpd_si512(a.v)}; }
    F64 as_double() const { return {_mm512_castsi512_pd(v)}; }
    static I64 broadcast(uint64_t x) { return {_mm512_set1_epi64(static_cast<long long>(x))}; }
    template <int bits>
    I64 shift_right() const {
      return {_mm512_srli_epi64(v, bits)};
    }
    template <int bits>
    I64 shift_left() const {
      return {_mm512_slli_epi64(v, bits)};
    }
  };

  /// Floats, as many as an F64 has lanes.
  struct F32Half {
    __m256 v;

    static F32Half round(F64 a) { return {_mm512_cvtpd_ps(a.v)}; }
    F64 widened() const { return {_mm512_cvtps_pd(v)}; }
    void store(float* p) const { _mm256_storeu_ps(p, v); }
    static F32Half min(F32Half a, F32Half b) { return {_mm256_min_ps(a.v, b.v)}; }
    static F32Half max(F32Half a, F32Half b) { return {_mm256_max_ps(a.v, b.v)}; }
    static F32Half sqrt(F32Half a) { return {_mm256_sqrt_ps(a.v)}; }
    static F32Half abs(F32Half a) { return {_mm256_and_ps(a.v, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff)))}; }
    static F32Half one_where_zero(F32Half a) {
      return {_mm256_mask_mov_ps(a.v, _mm256_cmp_ps_mask(a.v, _mm256_setzero_ps(), _CMP_EQ_OQ), _mm256_set1_ps(1))};
    }
  };

  struct F32 {
    static constexpr int kWidth = 16;
    __m512 v;

    static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
    static F32 broadcast(float x) { return {_mm512_set1_ps(x)}; }
    void store(float* p) const { _mm512_storeu_ps(p, v); }

    static F32 min(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
    static F32 max(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
    static F32 select_less(F32 a, F32 b, F32 x, F32 y) {
      return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), y.v, x.v)};
    }
    static F32 select_equal(F32 a, F32 b, F32 x, F32 y) {
      return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ), y.v, x.v)};
    }
  };
};

// Outside the classes: GCC 12 does not give functions that a class befriends the target of the pragma.
inline Avx512::F64 operator+(Avx512::F64 a, Avx512::F64 b) {
  return {_mm512_add_pd(a.v, b.v)};
}
inline Avx512::F64 operator-(Avx512::F64 a, Avx512::F64 b) {
  return {_mm512_sub_pd(a.v, b.v)};
}
inline Avx512::F64 operator*(Avx512::F64 a, Avx512::F64 b) {
  return {_mm512_mul_pd(a.v, b.v)};
}
inline Avx512::F64 operator/(Avx512::F64 a, Avx512::F64 b) {
  return {_mm512_div_pd(a.v, b.v)};
}
inline Avx512::I64 operator+(Avx512::I64 a, Avx512::I64 b) {
  return {_mm512_add_epi64(a.v, b.v)};
}
inline Avx512::I64 operator-(Avx512::I64 a, Avx512::I64 b) {
  return {_mm512_sub_epi64(a.v, b.v)};
}
inline Avx512::I64 operator&(Avx512::I64 a, Avx512::I64 b) {
  return {_mm512_and_si512(a.v, b.v)};
}
inline Avx512::I64 operator|(Avx512::I64 a, Avx512::I64 b) {
  return {_mm512_or_si512(a.v, b.v)};
}
inline Avx512::F32Half operator*(Avx512::F32Half a, Avx512::F32Half b) {
  return {_mm256_mul_ps(a.v, b.v)};
}
inline Avx512::F32Half operator/(Avx512::F32Half a, Avx512::F32Half b) {
  return {_mm256_div_ps(a.v, b.v)};
}
inline Avx512::F32 operator+(Avx512::F32 a, Avx512::F32 b) {
  return {_mm512_add_ps(a.v, b.v)};
}
inline Avx512::F32 operator-(Avx512::F32 a, Avx512::F32 b) {
  return {_mm512_sub_ps(a.v, b.v)};
}
inline Avx512::F32 operator*(Avx512::F32 a, Avx512::F32 b) {
  return {_mm512_mul_ps(a.v, b.v)};
}
inline Avx512::F32 operator/(Avx512::F32 a, Avx512::F32 b) {
  return {_mm512_div_ps(a.v, b.v)};
}

}  // namespace voxlake::features::kernels
