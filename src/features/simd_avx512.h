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

  struct F32 {
    static constexpr int kWidth = 16;
    __m512 v;

    static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
    static F32 broadcast(float x) { return {_mm512_set1_ps(x)}; }
    void store(float* p) const { _mm512_storeu_ps(p, v); }

    static F32 min(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
    static F32 max(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
    static F32 sqrt(F32 a) { return {_mm512_sqrt_ps(a.v)}; }
    static F32 abs(F32 a) { return {_mm512_and_ps(a.v, _mm512_castsi512_ps(_mm512_set1_epi32(0x7fffffff)))}; }
    static F32 select_less(F32 a, F32 b, F32 x, F32 y) {
      return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), y.v, x.v)};
    }
    static F32 select_equal(F32 a, F32 b, F32 x, F32 y) {
      return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ), y.v, x.v)};
    }
    /// By way of double, not by a fused instruction: the portable level has none, and must agree.
    static F32 multiply_add(F32 a, F32 b, F32 c) {
      const __m256 low = multiply_add_half(_mm512_castps512_ps256(a.v), _mm512_castps512_ps256(b.v), _mm512_castps512_ps256(c.v));
      const __m256 high = multiply_add_half(_mm512_extractf32x8_ps(a.v, 1), _mm512_extractf32x8_ps(b.v, 1), _mm512_extractf32x8_ps(c.v, 1));
      return {_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1)};
    }

   private:
    static __m256 multiply_add_half(__m256 a, __m256 b, __m256 c) {
      return _mm512_cvtpd_ps(_mm512_add_pd(_mm512_mul_pd(_mm512_cvtps_pd(a), _mm512_cvtps_pd(b)), _mm512_cvtps_pd(c)));
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
