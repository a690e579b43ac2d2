#pragma once

#include <cstddef>
#include <memory>

namespace voxlake::fft {

/// Transforms of real values, done by ducc0. Spectra are packed as r0, r1, i1, r2, i2, …, without scaling. Keeps scratch memory: one for
/// each thread. This room is the only one that sees ducc0's headers, which are slow to compile (under the sanitizers: ten minutes).
class RealFft {
 public:
  /// `length`: of the values, at least 1.
  explicit RealFft(size_t length);
  ~RealFft();
  RealFft(RealFft&&) noexcept;

  size_t length() const;
  /// Replaces `length()` values by their spectrum.
  void forward(double* values);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

/// Several float32 transforms at once, value i of all of them side by side: values()[i * lanes + lane]. What happens within a lane does not
/// depend on the others.
class LaneFft {
 public:
  static constexpr size_t lanes = 4;

  /// The first length from `at_least` on that has only small factors is taken.
  explicit LaneFft(size_t at_least);
  ~LaneFft();
  LaneFft(LaneFft&&) noexcept;

  size_t length() const;
  /// length() * lanes of them, transformed in place.
  float* values();
  void forward();
  /// From a packed spectrum back to values, each multiplied by `scale`.
  void backward(float scale);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace voxlake::fft
