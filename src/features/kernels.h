#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "features/functional.h"
#include "features/tables.h"

namespace voxlake::features::kernels {

/// Sixteen frames at once: value [i][lane]. Everything here is arithmetic that is the same in each lane, in an order that the width of a
/// vector does not change, and without fused multiply-add: so every level gives the same bits.
///
/// The levels of x86-64 that have kernels of their own.
enum class Level { portable, avx2, avx512 };
std::string_view to_string(Level level);

/// Blocks of kHopSamples samples, transposed: blocks[j * kBlockStride + b] is sample j of block b. Frame `lane` is blocks lane to lane + 3.
inline constexpr int kBlocks = kLanes + 3;
inline constexpr int kBlockStride = 32;

/// One value a frame, of what is read off the magnitudes in one go.
struct SpectralShape {
  alignas(64) double centroid[kLanes];   ///< Hz
  alignas(64) double bandwidth[kLanes];  ///< Hz
  alignas(64) double rolloff[kLanes];    ///< Hz
  alignas(64) double slope[kLanes];      ///< magnitude per Hz
  alignas(64) double intercept[kLanes];  ///< magnitude
  alignas(64) float flatness[kLanes];
};

/// Sums over a block of samples.
struct SampleMoments {
  double mean = 0;
  double second = 0;  ///< mean of (x - mean)^2
  double third = 0;
  double fourth = 0;
};

/// Steps of a 16-bit recording in a unit of amplitude.
inline constexpr float kStepsPerUnit = 32768;
/// Samples no farther below zero than this count as positive where crossings are counted.
inline constexpr float kZeroThreshold = 1e-10F;

/// What samples are like, as is asked before they are described.
struct SampleSurvey {
  bool is_finite = true;  ///< none is NaN or infinite; if one is, the rest means nothing
  bool on_grid = true;    ///< each is a multiple of 2^-15, from -1 to 1
  float low = 0;          ///< the smallest
  float high = 0;         ///< the largest
};

/// Values are sorted eight at a time in registers, and eights are merged in pairs.
inline constexpr int kSortBlock = 8;
/// How many eights hold so many values.
constexpr int sort_blocks(int values) {
  return (values + kSortBlock - 1) / kSortBlock;
}
/// Pairs of a sorting network in the order in which they are compared; of eights: merged, the lower eight to the first, the higher to the
/// second. Any network that sorts values sorts sorted blocks in this way (Knuth 5.3.4, exercise 38).
using Network = std::vector<std::pair<int32_t, int32_t>>;
/// Batcher's odd-even merge sort for `count` values (1968, doi 10.1145/1468075.1468121).
Network make_network(int count);

/// Descriptors for functionals: value [frame][row], `stride` values from a frame to the next; the kernel takes kLanes rows.
template <typename T>
struct RowBlock {
  const T* values = nullptr;
  const double* weighted_logs = nullptr;  ///< x log x of each value; null if no value is above 0: the entropy is then undefined
  std::size_t stride = 0;
  std::size_t log_stride = 0;
  int frames = 0;
};

/// How many extremes of a band the kernel of contrast can keep: more than any rate up to 192 kHz needs with librosa's framing.
inline constexpr int kMostExtremes = 32;

struct Kernels {
  Level level;
  /// The STFT of sixteen frames: float64 transform of 2,048 windowed samples, rounded to complex64, its magnitude as numpy.abs rounds
  /// it, and that squared in float. `work` holds kWorkDoubles; the results kBins * kLanes each.
  void (*spectrum)(const SpectrumTables& tables, const float* blocks, double* work, float* magnitude, float* power);
  /// Centroid, bandwidth, rolloff, flatness and the regression line of the magnitudes.
  void (*shape)(const float* magnitude, const float* power, double bin_hz, SpectralShape& out);
  /// out[row][lane]: the bank's filters applied to the power.
  void (*filter)(const FilterBank& bank, const float* power, float* out);
  /// out[class][lane], each frame scaled to a maximum of 1.
  void (*chroma)(const double* weights, const float* power, float* out);
  /// 10 log10(max(1e-10, in)), `count` a multiple of kLanes.
  void (*decibels)(const float* in, float* out, std::size_t count);
  /// Peaks and valleys of the bands in dB (of the magnitude, over 1e-10): [band][lane].
  void (*contrast)(std::span<const ContrastBand> bands, const float* magnitude, double* peaks, double* valleys);
  /// out[row][lane]: the cosine transform of in[input][lane] raised to at least `floor`. `work` holds inputs * kLanes doubles.
  void (*cosine)(std::span<const double> weights, int inputs, int rows, const float* in, float floor, double* work, float* out);
  /// x log x, 0 where x is 0 (and anything where it is negative), `count` a multiple of kLanes.
  void (*weighted_logs_float)(const float* in, double* out, std::size_t count);
  void (*weighted_logs_double)(const double* in, double* out, std::size_t count);
  /// The fifteen functionals of sixteen rows: out[functional][lane]. `network` is for sort_blocks(block.frames); `work` holds as many
  /// times kSortBlock * kLanes values.
  void (*describe_float)(const RowBlock<float>& block, const Network& network, float* work, double* out);
  void (*describe_double)(const RowBlock<double>& block, const Network& network, double* work, double* out);
  /// Moments of samples, summed in sixteen lanes.
  SampleMoments (*sample_moments)(const float* samples, std::size_t count);
  /// count > 0.
  SampleSurvey (*survey)(const float* samples, std::size_t count);
  /// The sum of the squares, in eight sums of float64.
  double (*energy)(const float* samples, std::size_t count);
  /// How often one of the samples and the next are on different sides of zero.
  int64_t (*crossings)(const float* samples, std::size_t count);
};

inline constexpr std::size_t kWorkDoubles = std::size_t{2} * (kFrameSamples / 2) * kLanes;

/// The kernels of a level; null where the processor (or the compiler) does not have it.
const Kernels* find_kernels(Level level);
/// The fastest that this processor runs.
const Kernels& best_kernels();

// One for each translation unit that is compiled for a level.
const Kernels& portable_kernels();
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();

}  // namespace voxlake::features::kernels
