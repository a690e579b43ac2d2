#include "pipeline/report_examples.h"

#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <span>

#include "audio/decode.h"
#include "audio/resample.h"
#include "corpus/archive_reader.h"
#include "features/pitch.h"
#include "pipeline/bronze.h"
#include "report/picture.h"

namespace voxlake::pipeline {
namespace {

// A longer clip is drawn, but can't be played: each second is 21 kB of the page.
constexpr double longest_sound_seconds = 12;

/// The content of one member of an archive; not_found where there is none of that path.
Result<scratch::Spool<std::byte>> read_member(const Context& context, const std::string& archive_path, const std::string& member_path) {
  auto source = stored_source(context.storage, archive_path);
  std::optional<scratch::Spool<std::byte>> content;
  const Status walked =
      corpus::ArchiveReader::walk(*source, decode_options(context.settings).archive_limits,
                                  [&](const corpus::Member& member, const corpus::ArchiveReader::Read& read) -> Status {
                                    if (member.path != member_path) return {};
                                    VOXLAKE_ASSIGN(content, read());
                                    return failure(ErrorKind::cancelled, "found what was looked for");  // no need to walk on
                                  });
  if (content) return std::move(*content);
  if (!walked) return tl::unexpected<Error>(walked.error());
  return failure(ErrorKind::not_found, "there is no " + member_path + " in " + archive_path);
}

/// The whole recording as the decode stage had it before the trim: mono, at the configured rate.
Result<scratch::Spool<float>> whole_recording(const Context& context, const lake::UtteranceRow& clip, const std::string& archive_path) {
  const DecodeOptions options = decode_options(context.settings);
  VOXLAKE_ASSIGN(const auto file, read_member(context, archive_path, clip.member));
  VOXLAKE_ASSIGN(auto decoded, audio::decode(file, options.audio_limits));
  if (decoded.rate == options.rate) return std::move(decoded.mono);
  return audio::resample(decoded.mono, decoded.rate, options.rate, options.audio_limits.scratch);
}

void add_pitch(std::span<const float> kept, int32_t rate, report::ExampleClip& example) {
  const features::PitchOptions options = features::speech_pitch_options(rate);
  features::PitchTrack track;
  features::PitchTracker(options).compute(kept, track);
  example.pitch.assign(track.f0.begin(), track.f0.end());
  example.pitch_step_seconds = static_cast<double>(options.hop_length) / rate;
}

report::ExampleClip labelled(const lake::UtteranceRow& clip, const SpeakerSplits& splits) {
  report::ExampleClip example;
  example.utterance_id = clip.utterance_id;
  example.speaker = clip.speaker;
  example.gender = clip.gender;
  example.gender_raw = clip.gender_raw;
  example.age_range = clip.age_range;
  example.language = clip.language;
  example.dialect = clip.dialect;
  example.prompt = clip.prompt;
  const auto split = splits.find(clip.speaker);
  if (split != splits.end()) example.split = split->second;
  example.source_format = clip.source_format;
  example.source_rate = clip.source_rate;
  example.source_channels = clip.source_channels;
  return example;
}

Result<report::ExampleClip> draw(const Context& context, const lake::UtteranceRow& clip, const std::string& archive_path,
                                 const SpeakerSplits& splits) {
  const int32_t rate = decode_options(context.settings).rate;
  VOXLAKE_ASSIGN(const scratch::Spool<float> whole, whole_recording(context, clip, archive_path));
  if (clip.trim_start < 0 || clip.trim_end <= clip.trim_start || clip.trim_end > static_cast<int64_t>(whole.size())) {
    return failure(ErrorKind::conflict, clip.utterance_id + " in bronze is not what silver was made of");
  }
  const std::span<const float> all(whole);
  const auto kept = all.subspan(static_cast<size_t>(clip.trim_start), static_cast<size_t>(clip.trim_end - clip.trim_start));
  report::ExampleClip example = labelled(clip, splits);
  example.trim_start_seconds = static_cast<double>(clip.trim_start) / rate;
  example.trim_end_seconds = static_cast<double>(clip.trim_end) / rate;
  example.rate = rate;
  example.before = report::envelope(all, rate);
  example.after = report::envelope(kept, rate);
  example.spectrogram = report::mel_spectrogram(kept, rate);
  add_pitch(kept, rate, example);
  if (example.after.seconds <= longest_sound_seconds) {
    example.sound = report::mu_law(kept);
    example.sound_rate = rate;
  }
  return example;
}

bool is_of_clip(ErrorKind kind) {
  return kind == ErrorKind::corrupt_data || kind == ErrorKind::unsupported || kind == ErrorKind::not_found || kind == ErrorKind::conflict ||
         kind == ErrorKind::limit_exceeded;
}

}  // namespace

Result<std::vector<report::ExampleClip>> draw_examples(const Context& context, const std::vector<std::vector<lake::UtteranceRow>>& choices,
                                                       const ArchivePaths& archives, const SpeakerSplits& splits) {
  std::vector<report::ExampleClip> examples;
  std::set<std::string> clips;
  std::set<std::string> speakers;
  for (const auto& list : choices) {
    bool is_drawn = false;
    for (const bool speaker_may_repeat : {false, true}) {
      for (const auto& clip : list) {
        if (is_drawn) break;
        if (context.stopping()) return interrupted();
        const auto path = archives.find(clip.archive);
        if (path == archives.end() || clips.contains(clip.utterance_id)) continue;
        if (!speaker_may_repeat && speakers.contains(clip.speaker)) continue;
        auto example = draw(context, clip, path->second, splits);
        // A clip that cannot be drawn is not worth failing a run for: another will do. A machine that cannot is.
        if (!example && !is_of_clip(example.error().kind))
          return tl::unexpected<Error>(std::move(example.error()).with("clip", clip.utterance_id));
        if (!example) continue;
        is_drawn = true;
        clips.insert(clip.utterance_id);
        speakers.insert(clip.speaker);
        examples.push_back(std::move(*example));
      }
    }
  }
  return examples;
}

}  // namespace voxlake::pipeline
