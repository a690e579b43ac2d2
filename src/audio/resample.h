#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "error/result.h"
#include "scratch/spool.h"

namespace voxlake::audio {

/// Resamples mono float32 by soxr's HQ recipe, as `librosa.resample(res_type="soxr_hq")`: ceil(n * to / from) samples. Equal rates copy.
/// invalid_argument where a rate is not above 0, io where there is no room for what `limits` sends to a file; throws std::bad_alloc where
/// memory runs out. `passed`, where given, is called after each million samples or so that were read. Safe to call on many threads at once.
Result<scratch::Spool<float>> resample(std::span<const float> signal, int32_t from_rate, int32_t to_rate,
                                       const scratch::Limits& limits = {}, const std::function<void()>& passed = {});

}  // namespace voxlake::audio
