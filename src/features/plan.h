#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/descriptor.h"
#include "features/feature_set.h"
#include "features/functional.h"
#include "features/kernels.h"
#include "features/tables.h"

namespace voxlake::features {

inline constexpr int kMelRows = 90;
inline constexpr int kCepstrumMelRows = 128;
inline constexpr int kContrastRows = kContrastBands;

/// What a descriptor may be tuned by. Each looks only at its own.
struct Parameters {
  int32_t mel_rows = 0;   ///< mel, mel_db, mfcc: how many mel bands; 0 for the descriptor's usual number
  double lowest_hz = 0;   ///< of the mel bands
  double highest_hz = 0;  ///< of the mel bands; 0 for half the rate
  double rolloff = 0.85;  ///< share of the magnitudes
  ContrastOptions contrast;
  bool operator==(const Parameters&) const = default;
};

/// A descriptor of a set, with some of the functionals.
struct SetEntry {
  Descriptor descriptor;
  int rows = 1;
  uint32_t functionals = 0;  ///< a bit for each Functional
  bool is_numbered = false;  ///< its rows are numbered in the columns' names
  bool across_rows = false;  ///< the functionals are of the rows of one frame, not of the frames of one row
  Parameters parameters = {};
};
/// How many mel bands a descriptor is made of.
int32_t mel_rows_of(const SetEntry& entry);
inline constexpr uint32_t kAllFunctionals = (1U << kFunctionals) - 1;

/// What a name stands for.
struct SetDefinition {
  std::string_view name;
  int version;  ///< raised whenever a number of the set changes
  std::vector<SetEntry> entries;
  /// Each window is one frame, as long as itself and at least as long as `window_seconds`.
  bool frame_is_window = false;
};
const std::vector<SetDefinition>& set_definitions();

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
  double bin_hz = 0;
  SpectrumTables spectrum;
  FilterBank mel;           ///< empty if not needed
  FilterBank cepstrum_mel;  ///< the same
  std::vector<double> cosine_weights;
  std::vector<double> chroma_weights;
  std::vector<ContrastBand> contrast_bands;

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
  bool needs_cepstrum() const { return has(Descriptor::mfcc); }
};

/// The plan of a checked set, and the names of its columns. `kernels` is only chosen in tests; it does not change a bit.
FeatureSet::Plan make_plan(const SetDefinition& definition, int32_t rate, const kernels::Kernels& kernels,
                           std::vector<std::string>& columns);

}  // namespace voxlake::features
