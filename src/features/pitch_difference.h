#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace voxlake::features {

/// YIN's cumulative mean normalised difference (de Cheveigné and Kawahara 2002, doi 10.1121/1.1458024, equation 8) of centred frames,
/// several frames at once.
///
/// A frame t covers samples [t * hop - frame_length / 2, …) of the signal, zeros outside it. The autocorrelation comes from a float32 FFT
/// of librosa's padded length, and float32 sums in librosa's order: for float32 input the results are librosa's to the last bit, on any
/// CPU. Keeps scratch memory: one for each thread.
class NormalisedDifference {
 public:
  /// Periods in samples, 1 <= min_period <= max_period < frame_length.
  NormalisedDifference(int32_t frame_length, int32_t hop_length, int32_t min_period, int32_t max_period);
  ~NormalisedDifference();
  NormalisedDifference(NormalisedDifference&&) noexcept;

  /// How many frames one call computes at most.
  static size_t batch();
  /// Values a frame: max_period - min_period + 1.
  size_t periods() const { return static_cast<size_t>(max_period_ - min_period_) + 1; }
  /// Frames [first, first + count) of `signal`, count <= batch(). Afterwards frame(i) is the one numbered first + i.
  void compute(std::span<const float> signal, size_t first, size_t count);
  /// The normalised difference of min_period, min_period + 1 …; about 0 for a periodic frame, 1 for noise. Valid until the next compute().
  std::span<const double> frame(size_t index) const;

 private:
  struct Scratch;
  void load(std::span<const float> signal, size_t first, size_t count);
  void autocorrelate();
  void normalise(size_t count);

  int32_t frame_length_;
  int32_t hop_length_;
  int32_t min_period_;
  int32_t max_period_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace voxlake::features
