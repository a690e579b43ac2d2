#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace voxlake::audio {

/// The first sample that is NaN or infinite.
std::optional<size_t> find_not_finite(std::span<const float> samples);

/// Samples of 16 bits as floats from -1 to 1: each over 32,768, exactly. `floats` holds at least as many.
void to_floats(std::span<const int16_t> samples, std::span<float> floats);

/// Peak and root mean square of a signal that comes in pieces; how it is cut does not matter. Squares are added up in float64 in eight sums
/// (a sample's place tells which): of 16-bit samples exactly, up to eight million of them. Not thread safe.
class SampleLevel {
 public:
  void add(std::span<const float> samples);
  float peak() const { return peak_; }  ///< largest absolute value; 0 of nothing
  float rms() const;                    ///< 0 of nothing

 private:
  static constexpr size_t lanes = 8;
  void add_square(float sample);
  std::array<double, lanes> squares_{};
  float peak_ = 0;
  int64_t count_ = 0;
};

}  // namespace voxlake::audio
