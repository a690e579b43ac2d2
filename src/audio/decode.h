#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "error/result.h"

namespace voxlake::audio {

/// Bounds on what an audio file may claim.
struct DecodeLimits {
  int32_t max_channels = 16;
  int32_t min_rate = 1000;    ///< Hz
  int32_t max_rate = 768000;  ///< Hz
  double max_seconds = 7200;
};

/// An audio file as decoded, before resampling.
struct DecodedAudio {
  std::string format;  ///< wav, flac, ogg or sphere
  int32_t rate = 0;    ///< Hz
  int32_t channels = 0;
  int64_t frames = 0;       ///< samples per channel that were decoded
  std::vector<float> mono;  ///< the channels' mean, as librosa.to_mono, -1 to 1; `frames` values
  /// Set where the file ends before its header says (the samples that are there are kept): how many frames were announced.
  int64_t announced_frames = 0;
};

/// Decodes a whole audio file from memory (WAV 8/16/24/32-bit and float, FLAC, Ogg, SPHERE) to what `librosa.load(sr=None)` gives.
/// Errors: corrupt_data (not audio, truncated within its header, no samples), unsupported (an encoding that is not read), limit_exceeded.
/// Each error's details hold `reason`, a short code for silver/rejects: empty_file, not_audio, truncated_audio, no_samples, ...
Result<DecodedAudio> decode(std::span<const std::byte> file, const DecodeLimits& limits = {});

/// True for a member name whose extension is one of an audio format that `decode` reads.
bool is_audio_name(std::string_view name);

}  // namespace voxlake::audio
