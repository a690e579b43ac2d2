#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "error/result.h"
#include "scratch/spool.h"

namespace voxlake::audio {

/// Bounds on what an audio file may claim.
struct DecodeLimits {
  int32_t max_channels = 16;
  int32_t min_rate = 1000;    ///< Hz
  int32_t max_rate = 768000;  ///< Hz
  double max_seconds = 7200;
  /// Samples per channel, whatever the rate: four bytes each. An hour at 48 kHz fits. Without it a few kilobytes of FLAC that encode a
  /// constant could ask for any memory.
  int64_t max_frames = 200'000'000;
  scratch::Limits scratch;  ///< of the samples of one file
};

/// An audio file as decoded, before resampling.
struct DecodedAudio {
  std::string format;  ///< wav, flac, ogg or sphere
  int32_t rate = 0;    ///< Hz
  int32_t channels = 0;
  int64_t frames = 0;          ///< samples per channel that were decoded
  scratch::Spool<float> mono;  ///< the channels' mean, as librosa.to_mono, -1 to 1; `frames` values
  /// Set where the file ends before its header says (the samples that are there are kept): how many frames were announced.
  int64_t announced_frames = 0;
  /// True where the file was cut short. So it is wherever `announced_frames` is set, and for an Ogg stream without its last page, which
  /// announces nothing. A WAV written to a pipe, whose size field says 0 or about 2 or 4 GiB, announces nothing either and is not cut.
  bool truncated = false;
};

/// Decodes a whole audio file from memory (WAV 8/16/24/32-bit and float, FLAC, Ogg, SPHERE) to what `librosa.load(sr=None)` gives.
/// What a file is is told from its first bytes, never from its name. Samples are as libsndfile gives them: NaN and infinity in a float file
/// are passed on, values above 1 are not clipped. Memory: four bytes a frame beside the file, at most what `limits.scratch` says. Safe to
/// call on many threads at once.
/// Errors: corrupt_data (not audio, truncated within its header, no samples), unsupported (an encoding that is not read), limit_exceeded.
/// Each error's details hold `reason`, a short code for silver/rejects:
///   empty_file · not_audio · unsupported_format (audio, but not one of the four) · unsupported_encoding (one of the four, with a codec
///   that is not read) · truncated_audio (ends within its header or before its first sample) · bad_header · bad_sample_rate ·
///   too_many_channels · no_samples · corrupt_audio (a damaged FLAC or Ogg stream) · too_long
/// io is not the file's fault: there is no room for its samples. Nor is memory that runs out: std::bad_alloc, thrown.
///
/// `done_with`, where given, is called now and then while samples are read: the file's bytes from 64 KiB on up to the place that it is
/// given are not looked at again, but for the last 64 KiB of the file. Who owns a long file can let them go.
Result<DecodedAudio> decode(std::span<const std::byte> file, const DecodeLimits& limits = {},
                            const std::function<void(int64_t)>& done_with = {});

/// True for a member name whose extension is one of an audio format that `decode` reads: wav, wave, flac, ogg, oga, opus, sph, sphere,
/// nist, in any case.
bool is_audio_name(std::string_view name);

}  // namespace voxlake::audio
