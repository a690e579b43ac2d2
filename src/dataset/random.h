#pragma once

#include <cstdint>

/// Randomness as a pure function of a counter, so that it does not matter who asks first. Internal to this room.
namespace voxlake::dataset {

/// The finaliser of SplitMix64: a bijection in which every bit of the result depends on every bit of `value`.
constexpr uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

/// The `counter`-th number of the stream `seed`: SplitMix64's step and finaliser.
constexpr uint64_t random_bits(uint64_t seed, uint64_t counter) {
  return mix(seed + (counter + 1) * 0x9E3779B97F4A7C15U);
}

/// From 0 (included) to 1 (excluded), in steps of 2^-53.
constexpr double unit_interval(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// From 0 to `count` - 1; `count` from 1 to 2^32.
constexpr uint64_t below(uint64_t bits, uint64_t count) {
  return ((bits >> 32) * count) >> 32;
}

}  // namespace voxlake::dataset
