#include "features/pitch_series.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace voxlake::features {

void gather_pitch_series(const PitchTrack& track, Descriptor descriptor, int64_t first_frame, int64_t frame_count,
                         std::vector<double>& out) {
  out.clear();
  for (int64_t i = first_frame; i < first_frame + frame_count; ++i) {
    const auto frame = static_cast<std::size_t>(i);
    const bool is_voiced = !std::isnan(track.f0[frame]);
    switch (descriptor) {
      case Descriptor::f0:
        if (is_voiced) out.push_back(track.f0[frame]);
        break;
      case Descriptor::f0_semitones:
        if (is_voiced) out.push_back(semitones_above_100_hertz(track.f0[frame]));
        break;
      case Descriptor::hnr:
        if (is_voiced) out.push_back(harmonic_to_noise_decibels(track.aperiodicity[frame]));
        break;
      case Descriptor::voicing: out.push_back(track.voiced_prob[frame]); break;
      case Descriptor::aperiodicity: out.push_back(track.aperiodicity[frame]); break;
      default: break;
    }
  }
}

double voiced_share(const PitchTrack& track, int64_t first_frame, int64_t frame_count) {
  const std::span<const float> frames =
      std::span(track.f0).subspan(static_cast<std::size_t>(first_frame), static_cast<std::size_t>(frame_count));
  const auto voiced = std::count_if(frames.begin(), frames.end(), [](float f0) { return !std::isnan(f0); });
  return static_cast<double>(voiced) / static_cast<double>(frame_count);
}

}  // namespace voxlake::features
