#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "features/aligned_buffer.h"
#include "features/column_spectrum.h"
#include "features/plan.h"

namespace voxlake::features {

/// What must be known of the whole utterance before its decibels are: librosa clips them 80 dB under the utterance's maximum.
struct UtteranceMaxima {
  float mel_decibels = -std::numeric_limits<float>::infinity();
  float cepstrum_mel_decibels = -std::numeric_limits<float>::infinity();
  double peak_decibels = -std::numeric_limits<double>::infinity();    ///< of contrast
  double valley_decibels = -std::numeric_limits<double>::infinity();  ///< of contrast
};

/// The descriptors of sixteen neighbouring frames, [row][lane], as far as they do not depend on the rest of the utterance.
class Tile {
 public:
  explicit Tile(const FeatureSet::Plan& plan);

  float* mel() { return floats_.data() + mel_; }
  float* mel_decibels() { return floats_.data() + mel_decibels_; }
  float* cepstrum_mel_decibels() { return floats_.data() + cepstrum_mel_; }
  float* chroma() { return floats_.data() + chroma_; }
  float* rms() { return floats_.data() + rms_; }
  double* zcr() { return doubles_.data() + zcr_; }
  double* peaks() { return doubles_.data() + peaks_; }
  double* valleys() { return doubles_.data() + valleys_; }
  kernels::SpectralShape shape;

 private:
  std::size_t mel_, mel_decibels_, cepstrum_mel_, chroma_, rms_, zcr_, peaks_, valleys_;
  AlignedBuffer<float> floats_;
  AlignedBuffer<double> doubles_;
};

/// Computes tiles and turns them into rows: with the kernels, and frame by frame (column_spectrum.h) what they cannot do because a set
/// has frames or parameters of its own. Keeps scratch memory: one for each thread.
class TileAnalyser {
 public:
  explicit TileAnalyser(const FeatureSet::Plan& plan);

  /// Fills `tile` from the frames [16 index, 16 index + 16) of the signal, of which `frames` exist in all, and raises `maxima` by those
  /// that exist. `only_maxima` leaves the rest of the tile undefined.
  void analyse(std::span<const float> signal, int64_t index, int64_t frames, bool only_maxima, Tile& tile, UtteranceMaxima& maxima);
  /// Writes the rows of the tile's first `count` frames: value [frame][row], with the set's row groups side by side. Deltas are left out.
  void finish(Tile& tile, const UtteranceMaxima& maxima, int count, float* float_rows, double* double_rows);

 private:
  void load_blocks(std::span<const float> signal, int64_t first_frame);
  void transform_frames(std::span<const float> signal, int64_t first_frame, int count, Tile& tile);
  void gather_column(int lane);
  void find_contrast(Tile& tile);
  void find_shape(Tile& tile);
  void find_cepstrum(Tile& tile, float floor);
  void put_rows(const float* values, const Placement& placement, int count, float* rows) const;
  void put_rows(const double* values, const Placement& placement, int count, double* rows) const;

  const FeatureSet::Plan& plan_;
  AlignedBuffer<float> blocks_;
  AlignedBuffer<double> work_;
  AlignedBuffer<float> magnitude_;
  AlignedBuffer<float> power_;
  AlignedBuffer<float> rows_;
  std::unique_ptr<ColumnSpectrum> column_spectrum_;  ///< of frames that are not librosa's usual ones
  std::vector<float> column_;                        ///< magnitudes of a frame
  std::vector<float> column_power_;
  std::vector<float> column_work_;
};

}  // namespace voxlake::features
