#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/descriptor.h"
#include "features/feature_set.h"
#include "features/functional.h"
#include "features/kernels.h"
#include "features/pitch.h"
#include "features/set_definition.h"
#include "features/tables.h"

namespace voxlake::features {

/// Levels in dB are at most so far below the utterance's highest: librosa's top_db.
inline constexpr double kDynamicRange = 80;

/// Rows of a set, side by side in blocks of kLanes: of float or of double values.
struct RowGroup {
  std::array<int32_t, kLanes> first_column;  ///< of each row; -1 where there is none
  std::array<uint32_t, kLanes> functionals;
  bool can_be_positive = true;  ///< false: no value is above 0, and the entropy is undefined
};

/// Where the functionals of a descriptor stand, where each window is one frame.
struct FrameColumns {
  SetEntry entry;
  int32_t first_column;
};

/// Where the functionals of a series of the pitch track stand.
struct PitchColumns {
  Descriptor descriptor;
  int32_t first_column;
  uint32_t functionals;
};

/// Where the rows of a descriptor stand; first < 0 if the set does not have it.
struct Placement {
  int32_t first = -1;
  int32_t rows = 0;
};

/// Everything about a set that is worked out once.
struct FeatureSet::Plan {
  const kernels::Kernels* kernels = nullptr;
  Framing framing;
  int32_t bins = kBins;
  double bin_hz = 0;
  SpectrumTables spectrum;
  FilterBank mel;                            ///< of mel, and of mel_db where it has the same bands; empty if not needed
  FilterBank mel_decibel;                    ///< of mel_db where it has bands of its own
  FilterBank cepstrum_mel;                   ///< of mfcc
  std::vector<double> cosine_weights;        ///< folded for the kernel
  std::vector<double> plain_cosine_weights;  ///< instead, for an odd number of bands
  std::vector<double> chroma_weights;
  std::vector<ContrastBand> contrast_bands;

  double rolloff = 0.85;
  PitchOptions pitch;

  std::vector<SetEntry> entries;
  std::array<Placement, kDescriptors> placements;  ///< of descriptors with frames, among the float or the double rows
  std::vector<RowGroup> float_groups;
  std::vector<RowGroup> double_groups;
  int32_t signal_column = -1;
  uint32_t signal_functionals = 0;
  std::vector<FrameColumns> frame_columns;  ///< empty unless each window is one frame
  std::vector<PitchColumns> pitch_columns;  ///< empty: no pitch is needed
  int32_t voiced_share_column = -1;         ///< after f0's functionals
  int32_t column_count = 0;

  const Placement& placement(Descriptor descriptor) const { return placements[static_cast<std::size_t>(descriptor)]; }
  bool has(Descriptor descriptor) const { return placement(descriptor).first >= 0; }
  const FilterBank& decibel_bank() const { return mel_decibel.rows > 0 ? mel_decibel : mel; }
  bool needs_cepstrum() const { return has(Descriptor::mfcc); }
  /// Whether the kernels, which know librosa's usual framing alone, transform the frames.
  bool has_usual_frames() const { return framing == Framing{}; }
  bool has_usual_shape() const { return has_usual_frames() && rolloff == 0.85; }
  /// Whether the kernel has room for so many extremes of a band.
  bool has_usual_contrast() const {
    return std::all_of(contrast_bands.begin(), contrast_bands.end(),
                       [](const ContrastBand& band) { return band.extremes <= kernels::kMostExtremes; });
  }
};

/// The plan of a checked set, and the names of its columns. `kernels` is only chosen in tests; it does not change a bit.
FeatureSet::Plan make_plan(const SetDefinition& definition, int32_t rate, const kernels::Kernels& kernels,
                           std::vector<std::string>& columns);

}  // namespace voxlake::features
