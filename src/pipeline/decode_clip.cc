#include "pipeline/decode_clip.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/decode.h"
#include "audio/resample.h"
#include "audio/sample_level.h"
#include "audio/trim.h"
#include "pipeline/decode_stage.h"

namespace voxlake::pipeline {
namespace {

constexpr float kSilentPeak = 1e-3F;

tl::unexpected<Error> refused(ErrorKind kind, std::string reason, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), {}, {{"reason", std::move(reason)}}});
}

Status check_finite(std::span<const float> signal) {
  const auto bad = audio::find_not_finite(signal);
  if (!bad) return {};
  return refused(ErrorKind::corrupt_data, "not_finite",
                 "sample " + std::to_string(*bad) + " is " + (std::isnan(signal[*bad]) ? "not a number" : "infinite"));
}

/// Gives the memory of a long file back while it is decoded, so that an hour's samples need not lie beside the hour's file.
class Dwindling {
 public:
  explicit Dwindling(std::span<std::byte> file) : file_(file) {}
  /// The bytes before `position` are not needed any more, but for the first and the last 64 KiB.
  void let_go(int64_t position) {
    constexpr size_t step = 4 << 20;
    const size_t end = std::min(static_cast<size_t>(position), file_.size() - std::min(file_.size(), kept_bytes));
    if (end < gone_ + step) return;
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto address = reinterpret_cast<uintptr_t>(file_.data());
    const uintptr_t first = (address + gone_ + page - 1) / page * page;
    const uintptr_t last = (address + end) / page * page;
    if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);  // the vector's own memory, which nobody reads
    gone_ = end;
  }

 private:
  static constexpr size_t kept_bytes = 64 << 10;
  std::span<std::byte> file_;
  size_t gone_ = kept_bytes;
};

Result<audio::DecodedAudio> decode_whole(std::span<std::byte> file, const DecodeOptions& options) {
  audio::DecodeLimits limits = options.audio_limits;
  limits.max_seconds = std::min(limits.max_seconds, options.max_clip_seconds);
  Dwindling dwindling(file);
  VOXLAKE_ASSIGN(audio::DecodedAudio decoded, audio::decode(file, limits, [&](int64_t position) { dwindling.let_go(position); }));
  if (!decoded.truncated) return decoded;
  std::string message = "the file ends after " + std::to_string(decoded.frames);
  if (decoded.announced_frames > 0) message += " of " + std::to_string(decoded.announced_frames);
  return refused(ErrorKind::corrupt_data, "truncated_audio", message + " frames");
}

void measure(Clip& clip) {
  audio::SampleLevel level;
  level.add(clip.signal);
  clip.peak = level.peak();
  clip.rms = level.rms();
  clip.is_silent = clip.peak < kSilentPeak;
}

}  // namespace

Result<Clip> decode_clip(std::vector<std::byte> file, const DecodeOptions& options) {
  VOXLAKE_ASSIGN(audio::DecodedAudio decoded, decode_whole(file, options));
  file = {};
  VOXLAKE_TRY(check_finite(decoded.mono));

  Clip clip;
  clip.format = std::move(decoded.format);
  clip.source_rate = decoded.rate;
  clip.source_channels = decoded.channels;
  clip.source_samples = decoded.frames;
  if (decoded.rate == options.rate) {
    clip.signal = std::move(decoded.mono);
  } else {
    auto resampled = audio::resample(decoded.mono, decoded.rate, options.rate);
    if (!resampled) return tl::unexpected<Error>(std::move(resampled.error()).with("reason", "not_resampled"));
    decoded.mono = {};
    clip.signal = std::move(*resampled);
    VOXLAKE_TRY(check_finite(clip.signal));
  }

  const audio::TrimBounds bounds = audio::trim(clip.signal, options.trim_top_db);
  clip.trim_start = bounds.start;
  clip.trim_end = bounds.end;
  clip.signal.resize(static_cast<size_t>(bounds.end));
  clip.signal.erase(clip.signal.begin(), clip.signal.begin() + bounds.start);
  measure(clip);
  return clip;
}

}  // namespace voxlake::pipeline
