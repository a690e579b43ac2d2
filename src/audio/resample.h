#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "error/result.h"

namespace voxlake::audio {

/// Resamples mono float32 by soxr's HQ recipe, as `librosa.resample(res_type="soxr_hq")`: ceil(n * to / from) samples. Equal rates copy.
/// invalid_argument where a rate is not above 0, limit_exceeded where memory runs out. Safe to call on many threads at once.
Result<std::vector<float>> resample(std::span<const float> signal, int32_t from_rate, int32_t to_rate);

}  // namespace voxlake::audio
