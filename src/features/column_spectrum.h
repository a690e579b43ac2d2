#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/tables.h"

namespace voxlake::features {

/// The spectra of single frames of any length: what the kernels do for sixteen frames of 2,048 samples at once, plainly, for the other
/// framings. The same numbers as librosa's within rounding, and the same bits on any processor. Keeps scratch memory: one for each
/// thread.
class ColumnSpectrum {
 public:
  ColumnSpectrum(int64_t frame_samples, Taper taper);
  ~ColumnSpectrum();
  ColumnSpectrum(ColumnSpectrum&&) noexcept;

  int64_t frame_samples() const { return frame_samples_; }
  int64_t bins() const { return frame_samples_ / 2 + 1; }
  /// Of the samples [first, first + frame_samples) of the signal, zeros where it has none: float64 transform of the weighted samples,
  /// rounded to complex64, its magnitude, and that squared in float. Both have room for bins() values.
  void compute(std::span<const float> signal, int64_t first, std::span<float> magnitude, std::span<float> power);

 private:
  struct Scratch;
  int64_t frame_samples_;
  std::unique_ptr<Scratch> scratch_;
};

/// What is read off the magnitudes of a frame.
struct ColumnShape {
  double centroid = 0;   ///< Hz
  double bandwidth = 0;  ///< Hz
  double rolloff = 0;    ///< Hz
  double slope = 0;      ///< magnitude per Hz
  double intercept = 0;  ///< magnitude
  float flatness = 0;
};

/// Centroid, bandwidth, the frequency up to which `rolloff` of the magnitudes lies, flatness and the regression line. At least two bins.
ColumnShape column_shape(std::span<const float> magnitude, std::span<const float> power, double bin_hz, double rolloff);

/// out[row]: the bank's filters applied to the power.
void filter_column(const FilterBank& bank, std::span<const float> power, std::span<float> out);

/// 10 log10(max(1e-10, x)).
float power_decibels(float x);

/// Peaks and valleys of the bands in dB (of the magnitude, over 1e-10). `work` is overwritten.
void contrast_column(std::span<const ContrastBand> bands, std::span<const float> magnitude, std::vector<float>& work,
                     std::span<double> peaks, std::span<double> valleys);

}  // namespace voxlake::features
