#include "features/windows.h"

#include <algorithm>
#include <cmath>

#include "features/tables.h"
#include "features/time_domain.h"

namespace voxlake::features {
namespace {

void take_frames(WindowSpan& span, std::size_t samples, const Framing& framing) {
  const int64_t hop = framing.hop_samples;
  const int64_t frames = frame_count(samples, framing);
  const int64_t end = span.first_sample + span.sample_count;
  const auto frame_at_or_after = [&](int64_t sample) { return (sample + hop - 1) / hop; };
  span.first_frame = frame_at_or_after(span.first_sample);
  const int64_t last = framing.centred ? frame_at_or_after(end) : frame_at_or_after(std::max<int64_t>(0, end - framing.frame_samples + 1));
  span.frame_count = std::min(last, frames) - span.first_frame;
  // A window shorter than a hop may lie between two centres: it is then told by the nearer one before it.
  if (span.frame_count < 1) {
    span.first_frame = std::min(span.first_sample / hop, frames - 1);
    span.frame_count = 1;
  }
}

WindowSpan everything(std::size_t samples, int32_t rate, bool partial, const Framing& framing) {
  WindowSpan span;
  span.window.end_seconds = static_cast<double>(samples) / rate;
  span.window.partial = partial;
  span.sample_count = static_cast<int64_t>(samples);
  span.frame_count = frame_count(samples, framing);
  return span;
}

std::vector<WindowSpan> slide(std::size_t samples, int32_t rate, const WindowOptions& options, const Framing& framing) {
  const int64_t length = samples_of(options.length_seconds, rate);
  const auto total = static_cast<int64_t>(samples);
  if (total < length) return {everything(samples, rate, true, framing)};
  std::vector<WindowSpan> spans;
  for (int32_t index = 0;; ++index) {
    WindowSpan span;
    span.first_sample = samples_of(index * options.hop_seconds, rate);
    span.sample_count = length;
    if (span.first_sample + length > total) break;
    span.window.index = index;
    span.window.start_seconds = index * options.hop_seconds;
    span.window.end_seconds = span.window.start_seconds + options.length_seconds;
    take_frames(span, samples, framing);
    spans.push_back(span);
  }
  return spans;
}

std::vector<bool> frames_with_speech(std::span<const float> signal, double silence_decibels, const std::function<void()>& passed) {
  constexpr std::size_t passed_frames = 2048;
  std::vector<float> rms(frame_count(signal.size()));
  for (std::size_t first = 0; first < rms.size(); first += passed_frames) {
    frame_rms(signal, static_cast<int64_t>(first), std::span(rms).subspan(first, std::min(passed_frames, rms.size() - first)));
    if (passed) passed();
  }
  const double loudest = *std::max_element(rms.begin(), rms.end());
  // 20 log10(x / loudest) > -silence, without a logarithm for each frame; all frames of a silent signal are as loud as its loudest.
  // In long double, for which the C library has one version on all processors.
  const auto threshold = static_cast<double>(loudest * powl(10.0L, -static_cast<long double>(silence_decibels) / 20));
  std::vector<bool> speech(rms.size());
  for (std::size_t i = 0; i < rms.size(); ++i) speech[i] = loudest == 0 || rms[i] > threshold;
  return speech;
}

std::vector<WindowSpan> cut_sessions(std::span<const float> signal, int32_t rate, const WindowOptions& options, const Framing& framing,
                                     const std::function<void()>& passed) {
  const std::vector<bool> speech = frames_with_speech(signal, options.silence_decibels, passed);
  const int64_t gap = samples_of(options.gap_seconds, rate);
  const int64_t longest = samples_of(options.length_seconds, rate);
  const auto total = static_cast<int64_t>(signal.size());
  std::vector<WindowSpan> spans;
  const auto close = [&](int64_t begin, int64_t end) {
    WindowSpan span;
    span.window.index = static_cast<int32_t>(spans.size());
    span.first_sample = begin;
    span.sample_count = std::min(end, total) - begin;
    span.window.start_seconds = static_cast<double>(begin) / rate;
    span.window.end_seconds = static_cast<double>(begin + span.sample_count) / rate;
    take_frames(span, signal.size(), framing);
    spans.push_back(span);
  };
  int64_t begin = -1;
  int64_t end = -1;
  for (std::size_t frame = 0; frame < speech.size(); ++frame) {
    const int64_t centre = static_cast<int64_t>(frame) * kHopSamples;
    if (!speech[frame] || centre >= total) continue;
    if (begin >= 0 && (centre >= end || centre - begin >= longest)) {
      close(begin, end);
      begin = -1;
    }
    if (begin < 0) begin = centre;
    end = std::min(centre + gap, begin + longest);
  }
  if (begin >= 0) close(begin, end);
  // The only frame with speech can be centred on the end of the signal.
  if (spans.empty()) spans.push_back(everything(signal.size(), rate, false, framing));
  return spans;
}

}  // namespace

int64_t samples_of(double seconds, int32_t rate) {
  return std::llround(seconds * rate);
}

std::vector<WindowSpan> cut_windows(std::span<const float> signal, int32_t rate, const WindowOptions& options, const Framing& framing,
                                    const std::function<void()>& passed) {
  switch (options.kind) {
    case Windowing::sliding: return slide(signal.size(), rate, options, framing);
    case Windowing::session: return cut_sessions(signal, rate, options, framing, passed);
    case Windowing::whole: break;
  }
  return {everything(signal.size(), rate, false, framing)};
}

}  // namespace voxlake::features
