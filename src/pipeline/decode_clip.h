#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "error/result.h"
#include "scratch/spool.h"

namespace voxlake::pipeline {

struct DecodeOptions;

/// One audio file, decoded, resampled, trimmed and measured.
struct Clip {
  std::string format;
  int32_t source_rate = 0;
  int32_t source_channels = 0;
  int64_t source_samples = 0;
  int64_t trim_start = 0;
  int64_t trim_end = 0;
  float peak = 0;
  float rms = 0;
  bool is_silent = false;
  scratch::Spool<float> signal;
};

/// Takes `file` because its bytes are let go as soon as they are decoded. What is long goes to a file, as `options.audio_limits.scratch`
/// says. An error's `reason` detail is the code for silver/rejects, but for one of kind io, which is not the clip's fault.
Result<Clip> decode_clip(scratch::Spool<std::byte> file, const DecodeOptions& options);

}  // namespace voxlake::pipeline
