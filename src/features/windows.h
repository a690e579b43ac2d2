#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/feature_set.h"
#include "features/tables.h"

namespace voxlake::features {

/// A window of an utterance, and what it takes of it.
struct WindowSpan {
  Window window;
  int64_t first_sample = 0;
  int64_t sample_count = 0;
  int64_t first_frame = 0;
  int64_t frame_count = 0;  ///< at least 1
};

/// How many samples a duration takes, rounded.
int64_t samples_of(double seconds, int32_t rate);

/// Cuts an utterance (not empty) into windows, in the order of their starts.
///
/// sliding: windows of `length_seconds` every `hop_seconds`, those that fit wholly; one partial window with everything if none fits.
/// session: as Spark's session_window over the centres of the frames that hold speech: each keeps its session open for `gap_seconds`, so
/// that a window reaches from a first such frame to `gap_seconds` after a last one (or to the end of the utterance); one that grows
/// longer than `length_seconds` is ended there. A frame holds speech if its rms is less than `silence_decibels` under the loudest frame's.
/// whole: one window.
///
/// A window takes the frames that are centred in it: i with start <= i * hop < end; or, where frames are not centred, those that lie in it
/// wholly. Where there is none, it takes the nearest one before. Which windows there are does not depend on the framing.
/// `passed`: see Pieces.
std::vector<WindowSpan> cut_windows(std::span<const float> signal, int32_t rate, const WindowOptions& options, const Framing& framing = {},
                                    const std::function<void()>& passed = {});

}  // namespace voxlake::features
