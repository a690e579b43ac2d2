#pragma once

#include <cstdint>
#include <cstring>

namespace voxlake::features::kernels {

/// The instruction set that every machine has: plain arrays, which the compiler turns into SSE2, NEON or scalar code.
/// Each level has the same interface and the same IEEE results, lane by lane; only the number of lanes differs.
struct Portable {
  struct F64 {
    static constexpr int kWidth = 2;
    double lane[2];

    static F64 load(const double* p) { return {{p[0], p[1]}}; }
    static F64 load_float(const float* p) { return {{p[0], p[1]}}; }
    static F64 broadcast(double x) { return {{x, x}}; }
    void store(double* p) const { p[0] = lane[0], p[1] = lane[1]; }
    void store_float(float* p) const { p[0] = static_cast<float>(lane[0]), p[1] = static_cast<float>(lane[1]); }

    friend F64 operator+(F64 a, F64 b) { return {{a.lane[0] + b.lane[0], a.lane[1] + b.lane[1]}}; }
    friend F64 operator-(F64 a, F64 b) { return {{a.lane[0] - b.lane[0], a.lane[1] - b.lane[1]}}; }
    friend F64 operator*(F64 a, F64 b) { return {{a.lane[0] * b.lane[0], a.lane[1] * b.lane[1]}}; }
    friend F64 operator/(F64 a, F64 b) { return {{a.lane[0] / b.lane[0], a.lane[1] / b.lane[1]}}; }
    static F64 sqrt(F64 a) { return {{__builtin_sqrt(a.lane[0]), __builtin_sqrt(a.lane[1])}}; }
    /// `b` where the two are equal, as minpd does.
    static F64 min(F64 a, F64 b) { return {{pick_min(a.lane[0], b.lane[0]), pick_min(a.lane[1], b.lane[1])}}; }
    static F64 max(F64 a, F64 b) { return {{pick_max(a.lane[0], b.lane[0]), pick_max(a.lane[1], b.lane[1])}}; }
    /// Lane by lane: a < b ? x : y.
    static F64 select_less(F64 a, F64 b, F64 x, F64 y) {
      return {{a.lane[0] < b.lane[0] ? x.lane[0] : y.lane[0], a.lane[1] < b.lane[1] ? x.lane[1] : y.lane[1]}};
    }
    static F64 select_equal(F64 a, F64 b, F64 x, F64 y) {
      return {{a.lane[0] == b.lane[0] ? x.lane[0] : y.lane[0], a.lane[1] == b.lane[1] ? x.lane[1] : y.lane[1]}};
    }

   private:
    static double pick_min(double a, double b) { return a < b ? a : b; }
    static double pick_max(double a, double b) { return a > b ? a : b; }
  };

  /// 64-bit integers, as many as an F64 has lanes: for taking doubles apart.
  struct I64 {
    uint64_t lane[2];

    static I64 bits_of(F64 a) {
      I64 r;
      std::memcpy(r.lane, a.lane, sizeof r.lane);
      return r;
    }
    F64 as_double() const {
      F64 r;
      std::memcpy(r.lane, lane, sizeof lane);
      return r;
    }
    static I64 broadcast(uint64_t x) { return {{x, x}}; }
    friend I64 operator+(I64 a, I64 b) { return {{a.lane[0] + b.lane[0], a.lane[1] + b.lane[1]}}; }
    friend I64 operator-(I64 a, I64 b) { return {{a.lane[0] - b.lane[0], a.lane[1] - b.lane[1]}}; }
    friend I64 operator&(I64 a, I64 b) { return {{a.lane[0] & b.lane[0], a.lane[1] & b.lane[1]}}; }
    friend I64 operator|(I64 a, I64 b) { return {{a.lane[0] | b.lane[0], a.lane[1] | b.lane[1]}}; }
    template <int bits>
    I64 shift_right() const {
      return {{lane[0] >> bits, lane[1] >> bits}};
    }
    template <int bits>
    I64 shift_left() const {
      return {{lane[0] << bits, lane[1] << bits}};
    }
  };

  /// Floats, as many as an F64 has lanes.
  struct F32Half {
    float lane[2];

    static F32Half round(F64 a) { return {{static_cast<float>(a.lane[0]), static_cast<float>(a.lane[1])}}; }
    F64 widened() const { return {{lane[0], lane[1]}}; }
    void store(float* p) const { p[0] = lane[0], p[1] = lane[1]; }
    friend F32Half operator*(F32Half a, F32Half b) { return {{a.lane[0] * b.lane[0], a.lane[1] * b.lane[1]}}; }
    friend F32Half operator/(F32Half a, F32Half b) { return {{a.lane[0] / b.lane[0], a.lane[1] / b.lane[1]}}; }
    static F32Half min(F32Half a, F32Half b) { return {{pick(a.lane[0] < b.lane[0], a, b, 0), pick(a.lane[1] < b.lane[1], a, b, 1)}}; }
    static F32Half max(F32Half a, F32Half b) { return {{pick(a.lane[0] > b.lane[0], a, b, 0), pick(a.lane[1] > b.lane[1], a, b, 1)}}; }
    static F32Half sqrt(F32Half a) { return {{__builtin_sqrtf(a.lane[0]), __builtin_sqrtf(a.lane[1])}}; }
    static F32Half abs(F32Half a) { return {{__builtin_fabsf(a.lane[0]), __builtin_fabsf(a.lane[1])}}; }
    static F32Half one_where_zero(F32Half a) { return {{a.lane[0] == 0 ? 1 : a.lane[0], a.lane[1] == 0 ? 1 : a.lane[1]}}; }

   private:
    static float pick(bool first, F32Half a, F32Half b, int i) { return first ? a.lane[i] : b.lane[i]; }
  };

  struct F32 {
    static constexpr int kWidth = 4;
    float lane[4];

    static F32 load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
    static F32 broadcast(float x) { return {{x, x, x, x}}; }
    void store(float* p) const { std::memcpy(p, lane, sizeof lane); }

    template <typename Operation>
    static F32 each(F32 a, F32 b, Operation operation) {
      F32 r;
      for (int i = 0; i < kWidth; ++i) r.lane[i] = operation(a.lane[i], b.lane[i]);
      return r;
    }
    friend F32 operator+(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x + y; });
    }
    friend F32 operator-(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x - y; });
    }
    friend F32 operator*(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x * y; });
    }
    friend F32 operator/(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x / y; });
    }
    static F32 min(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x < y ? x : y; });
    }
    static F32 max(F32 a, F32 b) {
      return each(a, b, [](float x, float y) { return x > y ? x : y; });
    }
    static F32 select_less(F32 a, F32 b, F32 x, F32 y) {
      F32 r;
      for (int i = 0; i < kWidth; ++i) r.lane[i] = a.lane[i] < b.lane[i] ? x.lane[i] : y.lane[i];
      return r;
    }
    static F32 select_equal(F32 a, F32 b, F32 x, F32 y) {
      F32 r;
      for (int i = 0; i < kWidth; ++i) r.lane[i] = a.lane[i] == b.lane[i] ? x.lane[i] : y.lane[i];
      return r;
    }
  };
};

}  // namespace voxlake::features::kernels
