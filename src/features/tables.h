#pragma once

#include <array>
#include <cstddef>
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

/// What the samples of a frame are weighted with; periodic, as scipy.signal.get_window(…, fftbins=True) makes them.
enum class Taper { hann, hamming, blackman, rectangular };

/// How a signal is cut into frames. Frame i is centred on the sample i * hop_samples, with zeros outside the signal; where it is not
/// `centred` it starts there, and a signal shorter than a frame is one frame.
struct Framing {
  int32_t frame_samples = kFrameSamples;
  int32_t hop_samples = kHopSamples;
  Taper taper = Taper::hann;
  bool centred = true;
  bool operator==(const Framing&) const = default;
};
/// Sample n of a taper of `length` samples.
double taper_at(Taper taper, int64_t n, int64_t length);

/// What the transform of 2,048 real samples needs: it runs as 1,024 complex points, 32 columns of 32.
struct SpectrumTables {
  std::array<double, kFrameSamples> half_window;                       ///< of the periodic Hann window; the bins take halves of sums
  std::array<double, std::size_t{2} * 32> column_twiddles;             ///< exp(-2 pi i a b / 32), [b of 4][a of 8], real then imaginary
  std::vector<double> row_twiddles;                                    ///< exp(-2 pi i a b / 1024), [b of 32][a of 32], real then imaginary
  std::array<double, std::size_t{2} * (kFrameSamples / 4 + 1)> split;  ///< exp(-2 pi i k / 2048), real then imaginary
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
/// Slaney's mel filters as librosa.filters.mel makes them (area norm): Auditory Toolbox, TR 1998-010. A filter that is narrower than a
/// bin may have none. `highest_hz` of 0 stands for half the rate.
FilterBank make_mel_bank(int32_t rate, int rows, int64_t frame_samples = kFrameSamples, double lowest_hz = 0, double highest_hz = 0);

/// librosa.filters.chroma with tuning 0: weights[bin * 12 + class], floats by value, class 0 is C.
inline constexpr int kChromaClasses = 12;
std::vector<double> make_chroma_weights(int32_t rate, int64_t frame_samples = kFrameSamples);

/// The orthonormal DCT-II of `inputs` (even) values, its first `outputs` rows, over the sums (even rows) and differences (odd rows)
/// of mirrored inputs: weights[row * inputs / 2 + i].
std::vector<double> make_cosine_weights(int inputs, int outputs);

/// The same for any number of inputs, as they are: weights[row * inputs + i].
std::vector<double> make_plain_cosine_weights(int inputs, int outputs);

/// The bands of spectral contrast (Jiang et al. 2002), as librosa cuts them.
inline constexpr int kContrastBands = 7;
struct ContrastBand {
  int32_t first_bin = 0;
  int32_t bin_count = 0;
  int32_t extremes = 0;  ///< how many of the lowest and of the highest magnitudes are averaged
};
/// The first band ends at lowest_hz, and `octaves` more follow, each twice as high as the one before.
struct ContrastOptions {
  double lowest_hz = 200;
  int32_t octaves = kContrastBands - 1;
  double quantile = 0.02;  ///< share of a band's bins that its peak and its valley are averaged over
  bool operator==(const ContrastOptions&) const = default;
};
/// Empty if librosa would refuse the rate: a band above the Nyquist frequency, or without a bin.
std::vector<ContrastBand> make_contrast_bands(int32_t rate, int64_t frame_samples = kFrameSamples, const ContrastOptions& options = {});

/// Distance of two bins in Hz, rounded as numpy.fft.rfftfreq rounds it.
double bin_width_hz(int32_t rate, int64_t frame_samples = kFrameSamples);

}  // namespace voxlake::features
