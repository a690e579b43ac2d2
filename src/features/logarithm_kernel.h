#pragma once

// ln and exp for a vector of doubles, in plain arithmetic. ln: x = 2^k m with m in [sqrt 1/2, sqrt 2), and ln m = 2 artanh s by its power
// series, s = (m - 1) / (m + 1), |s| < 0.1716. exp: x = k ln 2 + r, |r| < 0.347, and the power series of e^r.

#include <cstdint>

namespace voxlake::features::kernels {

/// x as mantissa in [sqrt 1/2, sqrt 2) and exponent. x positive and normal.
template <typename V>
struct Split {
  typename V::F64 mantissa;
  typename V::F64 exponent;
};

template <typename V>
inline Split<V> split_exponent(typename V::F64 x) {
  using F64 = typename V::F64;
  using I64 = typename V::I64;
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  constexpr uint64_t kOne = 0x3ff0000000000000;
  const I64 shifted = I64::bits_of(x) + I64::broadcast(kOne - kRootHalf);
  const I64 mantissa = (shifted & I64::broadcast(0x000fffffffffffff)) + I64::broadcast(kRootHalf);
  // The exponent as a double: put it where 2^52 has its lowest mantissa bits, and take 2^52 and the bias away.
  const I64 exponent = shifted.template shift_right<52>() | I64::broadcast(0x4330000000000000);
  return {mantissa.as_double(), exponent.as_double() - F64::broadcast(4503599627370496.0 + 1023.0)};
}

template <typename V>
inline typename V::F64 natural_log(typename V::F64 x) {
  using F64 = typename V::F64;
  constexpr double kLn2High = 0x1.62e42fefa38p-1;  // its last bits are 0: a product with an exponent is exact
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  const Split<V> split = split_exponent<V>(x);
  const F64 one = F64::broadcast(1);
  const F64 s = (split.mantissa - one) / (split.mantissa + one);
  const F64 z = s * s;
  const F64 z2 = z * z;
  // 2 (z/3 + z^2/5 + …), odd and even terms apart, so that the two chains run side by side.
  F64 odd = F64::broadcast(2.0 / 19);
  F64 even = F64::broadcast(2.0 / 21);
  odd = odd * z2 + F64::broadcast(2.0 / 15);
  even = even * z2 + F64::broadcast(2.0 / 17);
  odd = odd * z2 + F64::broadcast(2.0 / 11);
  even = even * z2 + F64::broadcast(2.0 / 13);
  odd = odd * z2 + F64::broadcast(2.0 / 7);
  even = even * z2 + F64::broadcast(2.0 / 9);
  odd = odd * z2 + F64::broadcast(2.0 / 3);
  even = even * z2 + F64::broadcast(2.0 / 5);
  const F64 tail = s * (z * (odd + z * even));
  const F64 low = split.exponent * F64::broadcast(kLn2Low) + tail;
  return split.exponent * F64::broadcast(kLn2High) + (s + s + low);
}

/// e^x for |x| < 700.
template <typename V>
inline typename V::F64 exponential(typename V::F64 x) {
  using F64 = typename V::F64;
  using I64 = typename V::I64;
  constexpr double kLn2High = 0x1.62e42fefa38p-1;
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  // Adding 1.5 * 2^52 rounds to an integer, and leaves it in the lowest bits.
  const F64 magic = F64::broadcast(6755399441055744.0);
  const F64 biased = x * F64::broadcast(0x1.71547652b82fep+0) + magic;
  const F64 k = biased - magic;
  const F64 r = x - k * F64::broadcast(kLn2High) - k * F64::broadcast(kLn2Low);
  F64 sum = F64::broadcast(1.0 / 6227020800.0);
  constexpr double kFactorials[] = {479001600, 39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1};
  for (const double factorial : kFactorials) sum = sum * r + F64::broadcast(1.0 / factorial);
  const I64 power = I64::bits_of(biased).template shift_left<52>();
  return (I64::bits_of(sum) + power).as_double();
}

}  // namespace voxlake::features::kernels
