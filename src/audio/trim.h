#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace voxlake::audio {

/// Where speech begins and ends, in samples: [start, end).
struct TrimBounds {
  int64_t start = 0;
  int64_t end = 0;
};

/// The bounds that `librosa.effects.trim(y, top_db=…)` returns (frames of 2,048 samples, every 512, centred). A silent signal is kept
/// whole. Nothing is kept ({0, 0}) where no frame is louder than the threshold: with a top_db of 0 or less, or NaN or infinity in the
/// signal. Linear in the signal's length; allocates a float for each frame. Safe to call on many threads at once.
/// `passed`, where given, is called after each million samples or so that were read.
TrimBounds trim(std::span<const float> signal, double top_db = 20.0, const std::function<void()>& passed = {});

}  // namespace voxlake::audio
