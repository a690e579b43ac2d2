#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace voxlake::features {

/// librosa's framing, which all sets share: https://librosa.org/doc/0.11.0/generated/librosa.stft.html
inline constexpr int kFrameSamples = 2048;
inline constexpr int kHopSamples = 512;
inline constexpr int kBins = kFrameSamples / 2 + 1;
/// Frames are computed in tiles of this many, side by side: a vector of any width works on some of these lanes, so its width cannot
/// change a result.
inline constexpr int kLanes = 16;

// Every table is computed in long double and rounded once. The C library picks its double-precision functions by processor (with or
// without fused multiply-add), and two machines could then differ in the last bit; it does not do so for long double.

/// What the transform of 2,048 real samples needs: it runs as 1,024 complex points, 32 columns of 32.
struct SpectrumTables {
  std::array<double, kFrameSamples> window;               ///< periodic Hann
  std::array<double, 2 * 32> column_twiddles;             ///< exp(-2 pi i a b / 32), [b of 4][a of 8], real then imaginary
  std::vector<double> row_twiddles;                       ///< exp(-2 pi i a b / 1024), [b of 32][a of 32], real then imaginary
  std::array<double, 2 * (kFrameSamples / 4 + 1)> split;  ///< exp(-2 pi i k / 2048), real then imaginary
};
SpectrumTables make_spectrum_tables();

/// A bank of filters, each over a run of neighbouring bins.
struct FilterBank {
  int rows = 0;
  std::vector<int32_t> first_bin;  ///< of each row
  std::vector<int32_t> bin_count;  ///< of each row
  std::vector<int32_t> offset;     ///< of each row in `weights`
  std::vector<double> weights;     ///< floats by value
};
/// Slaney's mel filters as librosa.filters.mel makes them (fmin 0, fmax rate / 2, area norm): Auditory Toolbox, TR 1998-010.
FilterBank make_mel_bank(int32_t rate, int rows);

/// librosa.filters.chroma with tuning 0: weights[bin * 12 + class], floats by value, class 0 is C.
inline constexpr int kChromaClasses = 12;
std::vector<double> make_chroma_weights(int32_t rate);

/// The orthonormal DCT-II of `inputs` (even) values, its first `outputs` rows, over the sums (even rows) and differences (odd rows)
/// of mirrored inputs: weights[row * inputs / 2 + i].
std::vector<double> make_cosine_weights(int inputs, int outputs);

/// The bands of spectral contrast (Jiang et al. 2002), as librosa cuts them.
inline constexpr int kContrastBands = 7;
struct ContrastBand {
  int32_t first_bin = 0;
  int32_t bin_count = 0;
  int32_t extremes = 0;  ///< how many of the lowest and of the highest magnitudes are averaged
};
/// Empty if librosa would refuse the rate: a band above the Nyquist frequency, or without a bin.
std::vector<ContrastBand> make_contrast_bands(int32_t rate);

/// Distance of two bins in Hz, rounded as numpy.fft.rfftfreq rounds it.
double bin_width_hz(int32_t rate);

}  // namespace voxlake::features
