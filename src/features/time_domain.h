#pragma once

#include <cstdint>
#include <span>

#include "features/tables.h"

namespace voxlake::features {

/// How many centred frames a signal of `samples` has: 1 + samples / 512.
inline int64_t frame_count(std::size_t samples) {
  return 1 + static_cast<int64_t>(samples / 512);
}

/// How many frames a signal (not empty) of so many samples has: 1 + samples / hop where they are centred, else those that fit wholly,
/// and at least one.
int64_t frame_count(std::size_t samples, const Framing& framing);
/// Where a frame starts: before the signal, where it is centred near its beginning.
inline int64_t frame_start(int64_t frame, const Framing& framing) {
  return frame * framing.hop_samples - (framing.centred ? framing.frame_samples / 2 : 0);
}

/// librosa.feature.rms of the frames [first, first + out.size()): root of the mean square, zeros outside the signal. Summed in float64,
/// rounded to float32.
void frame_rms(std::span<const float> signal, int64_t first, std::span<float> out);

/// librosa.feature.zero_crossing_rate of the same frames: crossings / 2,048. Samples within 1e-10 of zero count as positive; a frame's
/// first sample never crosses, nor do the copies of the edge samples outside the signal.
void frame_zero_crossing_rate(std::span<const float> signal, int64_t first, std::span<double> out);

/// The same for any framing. Crossings are divided by the samples of a frame; the first sample of a frame never crosses.
void frame_rms(std::span<const float> signal, const Framing& framing, int64_t first, std::span<float> out);
void frame_zero_crossing_rate(std::span<const float> signal, const Framing& framing, int64_t first, std::span<double> out);

/// The same of all samples (at least one) as one frame without anything around it.
double root_mean_square(std::span<const float> samples);
double zero_crossing_rate(std::span<const float> samples);

}  // namespace voxlake::features
