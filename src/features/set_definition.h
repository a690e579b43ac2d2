#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "error/result.h"
#include "features/descriptor.h"
#include "features/functional.h"
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
  uint32_t functionals = 0;  ///< a bit for each Functional; none of a descriptor that only others are made of
  bool is_numbered = false;  ///< its rows are numbered in the columns' names
  bool across_rows = false;  ///< the functionals are of the rows of one frame, not of the frames of one row
  Parameters parameters = {};
};
inline constexpr uint32_t kAllFunctionals = (1U << kFunctionals) - 1;
constexpr uint32_t bit_of(Functional functional) {
  return 1U << static_cast<int>(functional);
}

/// How many mel bands a descriptor is made of.
int32_t mel_rows_of(const SetEntry& entry);

/// How pitch is tracked: as speech_pitch_options() (pitch.h) but for these.
struct PitchChoice {
  double fmin = 65;  ///< Hz
  double fmax = 500;
  double no_trough_prob = 0.1;
  int32_t frame_samples = kFrameSamples;
  bool operator==(const PitchChoice&) const = default;
};

/// What the name of a set stands for.
struct SetDefinition {
  std::string name;
  int version = 1;  ///< raised whenever a number of the set changes
  std::vector<SetEntry> entries;
  /// Each window is one frame, as long as itself and at least as long as the windows are configured; of the framing only the taper counts.
  bool frame_is_window = false;
  Framing framing = {};
  PitchChoice pitch = {};
};

struct PitchOptions;
PitchOptions pitch_options(const SetDefinition& definition, int32_t rate);

/// The sets that the program has.
const std::vector<SetDefinition>& set_definitions();

/// A set of a user's own is made by this; raised whenever a number that such a set may hold changes.
inline constexpr int kOwnSetVersion = 1;

/// invalid_argument where the set cannot be computed at the rate: a frame too short for the bands of contrast, bands above half the
/// rate, pitch that the frames do not hold, two descriptors of one kind, a descriptor without that which it is taken of.
Status check_definition(const SetDefinition& definition, int32_t rate);

/// All that the numbers depend on but name, version and rate, in a short text.
std::string definition_text(const SetDefinition& definition);

}  // namespace voxlake::features
