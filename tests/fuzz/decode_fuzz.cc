// Any bytes as an audio file: decoded, and where that goes well resampled and trimmed.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "audio/decode.h"
#include "audio/resample.h"
#include "audio/trim.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_reason(const voxlake::Error& error) {
  return std::any_of(error.details.begin(), error.details.end(),
                     [](const auto& detail) { return detail.first == "reason" && !detail.second.empty(); });
}

}  // namespace

// libsndfile 1.2.0 leaks 5.8 KB of libvorbis' for each Ogg file whose headers it cannot read: it returns before it clears them.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libvorbis.so";  // the module: without a symbolizer no function has a name
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake::audio;
  DecodeLimits limits;
  limits.max_seconds = 5;
  limits.max_rate = 96000;
  const auto audio = decode({reinterpret_cast<const std::byte*>(data), size}, limits);
  if (!audio) {
    require(has_reason(audio.error()));
    return 0;
  }
  require(audio->frames > 0 && audio->frames == static_cast<int64_t>(audio->mono.size()));
  require(audio->frames <= static_cast<int64_t>(limits.max_seconds * audio->rate));
  require(audio->rate >= limits.min_rate && audio->rate <= limits.max_rate && audio->channels >= 1 &&
          audio->channels <= limits.max_channels);
  require(audio->announced_frames == 0 || (audio->announced_frames > audio->frames && audio->truncated));

  const TrimBounds bounds = trim(audio->mono);
  require(bounds.start >= 0 && bounds.start <= bounds.end && bounds.end <= audio->frames);
  if (audio->frames > 20'000 || !std::all_of(audio->mono.begin(), audio->mono.end(), [](float sample) { return std::isfinite(sample); }))
    return 0;
  const auto resampled = resample(audio->mono, audio->rate, 16000);
  require(resampled && resampled->size() == static_cast<size_t>(std::ceil(static_cast<double>(audio->frames) * (16000.0 / audio->rate))));
  return 0;
}
