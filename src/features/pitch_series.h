#pragma once

#include <cstdint>
#include <vector>

#include "features/descriptor.h"
#include "features/pitch.h"

namespace voxlake::features {

/// The values that `descriptor` (one of pitch) has in the frames [first_frame, first_frame + frame_count) of a track, in their order: of
/// the voiced frames alone for f0, f0_semitones and hnr, of all for voicing and aperiodicity. `out` is overwritten.
void gather_pitch_series(const PitchTrack& track, Descriptor descriptor, int64_t first_frame, int64_t frame_count,
                         std::vector<double>& out);

/// Voiced frames / frames. `frame_count` above 0.
double voiced_share(const PitchTrack& track, int64_t first_frame, int64_t frame_count);

}  // namespace voxlake::features
