#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/tables.h"
#include "fft/real_fft.h"

namespace voxlake::features {

/// The spectra of single frames of any length: what the kernels do for sixteen frames of 2,048 samples at once, plainly, for the other
/// framings. The same numbers as librosa's within rounding, and the same bits on any processor. Keeps scratch memory: one for each
/// thread.
class ColumnSpectrum {
 public:
  ColumnSpectrum(int64_t frame_samples, Taper taper);

  int64_t frame_samples() const { return static_cast<int64_t>(data_.size()); }
  int64_t bins() const { return frame_samples() / 2 + 1; }
  /// Of the samples [first, first + frame_samples) of the signal, zeros where it has none: float64 transform of the weighted samples,
  /// rounded to complex64, its magnitude, and that squared in float. Both have bins() values.
  void compute(std::span<const float> signal, int64_t first, std::span<float> magnitude, std::span<float> power);

 private:
  fft::RealFft fft_;
  std::vector<double> taper_;
  std::vector<double> data_;
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

/// out[class], scaled to a maximum of 1; `weights` as make_chroma_weights() makes them.
void chroma_column(std::span<const double> weights, std::span<const float> power, std::span<float> out);

/// out[row]: the cosine transform of the bands, as the kernel `cosine`; `weights` as make_plain_cosine_weights() makes them.
void cosine_column(std::span<const double> weights, std::span<const double> bands, std::span<float> out);

/// The first bin's frequency at which the cumulative magnitude reaches the share of all.
double rolloff_column(std::span<const float> magnitude, double bin_hz, double share);

}  // namespace voxlake::features
