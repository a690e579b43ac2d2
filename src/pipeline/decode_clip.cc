#include "pipeline/decode_clip.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
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

/// Calls `look(samples)` for piece after piece of a signal, and lets each go.
template <typename Look>
void each_piece(const scratch::Spool<float>& signal, const Look& look) {
  constexpr size_t piece_samples = 1 << 20;
  const std::span<const float> samples = signal;
  for (size_t begin = 0; begin < samples.size(); begin += piece_samples) {
    look(samples.subspan(begin, std::min(piece_samples, samples.size() - begin)));
    signal.let_go();
  }
}

Status check_finite(const scratch::Spool<float>& signal) {
  std::optional<size_t> bad;
  size_t begin = 0;
  each_piece(signal, [&](std::span<const float> piece) {
    const auto found = audio::find_not_finite(piece);
    if (found && !bad) bad = begin + *found;
    begin += piece.size();
  });
  if (!bad) return {};
  return refused(ErrorKind::corrupt_data, "not_finite",
                 "sample " + std::to_string(*bad) + " is " + (std::isnan(signal[*bad]) ? "not a number" : "infinite"));
}

/// Lets a long file go from memory while it is decoded.
class Dwindling {
 public:
  explicit Dwindling(const scratch::Spool<std::byte>& file) : file_(file) {}
  /// The bytes before `position` are not needed any more, but for the first and the last 64 KiB.
  void let_go(int64_t position) {
    constexpr size_t step = 4 << 20;
    const size_t end = std::min(static_cast<size_t>(position), file_.size() - std::min(file_.size(), kept_bytes));
    if (end < gone_ + step) return;
    file_.let_go(gone_, end);
    gone_ = end;
  }

 private:
  static constexpr size_t kept_bytes = 64 << 10;
  const scratch::Spool<std::byte>& file_;
  size_t gone_ = kept_bytes;
};

Result<audio::DecodedAudio> decode_whole(const scratch::Spool<std::byte>& file, const DecodeOptions& options) {
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
  each_piece(clip.signal, [&](std::span<const float> piece) { level.add(piece); });
  clip.peak = level.peak();
  clip.rms = level.rms();
  clip.is_silent = clip.peak < kSilentPeak;
}

}  // namespace

Result<Clip> decode_clip(scratch::Spool<std::byte> file, const DecodeOptions& options) {
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
    auto resampled =
        audio::resample(decoded.mono, decoded.rate, options.rate, options.audio_limits.scratch, [&] { decoded.mono.let_go(); });
    if (!resampled && resampled.error().kind == ErrorKind::io) return propagate(resampled);
    if (!resampled) return tl::unexpected<Error>(std::move(resampled.error()).with("reason", "not_resampled"));
    decoded.mono = {};
    clip.signal = std::move(*resampled);
    VOXLAKE_TRY(check_finite(clip.signal));
  }

  const audio::TrimBounds bounds = audio::trim(clip.signal, options.trim_top_db, [&] { clip.signal.let_go(); });
  clip.trim_start = bounds.start;
  clip.trim_end = bounds.end;
  clip.signal.narrow(static_cast<size_t>(bounds.start), static_cast<size_t>(bounds.end - bounds.start));
  measure(clip);
  return clip;
}

}  // namespace voxlake::pipeline
