#include "report/report_data.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/base64.h"

namespace voxlake::report {
namespace {

using nlohmann::json;

// JSON has no NaN and no infinity: what is not a number is null.
json number(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

// Three decimals more than a pixel can show, for a third of the bytes.
json sample(double value) {
  return std::isfinite(value) ? json(std::round(value * 1e4) / 1e4) : json(nullptr);
}

template <typename T>
json optional(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename List, typename Each>
json list(const List& items, Each each) {
  json array = json::array();
  for (const auto& item : items) array.push_back(each(item));
  return array;
}

json numbers(const std::vector<double>& values) {
  return list(values, number);
}

json counts(const std::vector<Count>& items) {
  return list(items, [](const Count& item) { return json{{"name", item.name}, {"count", item.count}}; });
}

json histogram(const Histogram& item) {
  return {{"edges", numbers(item.edges)}, {"series", list(item.series, [](const Series& series) {
                                             return json{{"name", series.name}, {"counts", series.counts}};
                                           })}};
}

json genders(const std::vector<GenderFacts>& items) {
  return list(items, [](const GenderFacts& item) {
    return json{{"gender", item.gender}, {"clips", item.clips}, {"seconds", number(item.seconds)}};
  });
}

json run(const RunFacts& item) {
  return {{"version", item.version},
          {"corpus", item.corpus},
          {"corpusUrl", item.corpus_url},
          {"lake", item.lake},
          {"finishedAt", item.finished_at},
          {"seconds", number(item.seconds)},
          {"peakMemoryBytes", optional(item.peak_memory_bytes)},
          {"threads", item.threads},
          {"settings", list(item.settings, [](const Setting& setting) {
             return json{{"name", setting.name}, {"value", setting.value}, {"origin", setting.origin}};
           })}};
}

json totals(const Totals& item) {
  return {{"archives", item.archives}, {"clips", item.clips},     {"windows", item.windows},
          {"speakers", item.speakers}, {"refused", item.refused}, {"speechSeconds", number(item.speech_seconds)}};
}

json stage(const StageFacts& item) {
  return {{"name", item.name},
          {"out", item.out},
          {"unit", item.unit},
          {"refused", item.refused},
          {"ran", item.ran},
          {"made", item.made},
          {"bytes", item.bytes},
          {"wallSeconds", number(item.wall_seconds)},
          {"workSeconds", number(item.work_seconds)},
          {"note", item.note}};
}

json archives(const ArchiveFacts& item) {
  return {{"byState", counts(item.by_state)}, {"bytes", item.bytes}, {"bytesEach", histogram(item.bytes_each)}};
}

json clips(const ClipFacts& item) {
  return {{"rate", item.rate},
          {"genders", genders(item.genders)},
          {"spellings", list(item.spellings,
                             [](const GenderSpelling& spelling) {
                               return json{{"raw", optional(spelling.raw)}, {"gender", spelling.gender}, {"clips", spelling.clips}};
                             })},
          {"sources",
           list(item.sources,
                [](const SourceFormat& source) {
                  return json{{"format", source.format}, {"rate", source.rate}, {"channels", source.channels}, {"clips", source.clips}};
                })},
          {"languages", counts(item.languages)},
          {"ageRanges", counts(item.age_ranges)},
          {"secondsEach", histogram(item.seconds_each)},
          {"secondsBefore", number(item.seconds_before)},
          {"secondsCutAtStart", number(item.seconds_cut_at_start)},
          {"secondsCutAtEnd", number(item.seconds_cut_at_end)},
          {"silentClips", item.silent_clips}};
}

json speakers(const SpeakerFacts& item) {
  return {{"groups", list(item.groups,
                          [](const SpeakerGroup& group) {
                            return json{{"gender", group.gender},
                                        {"split", group.split},
                                        {"speakers", group.speakers},
                                        {"clips", group.clips},
                                        {"seconds", number(group.seconds)}};
                          })},
          {"quotas", list(item.quotas,
                          [](const Quota& quota) {
                            return json{{"split", quota.split}, {"share", number(quota.share)}};
                          })},
          {"dots", list(item.dots, [](const SpeakerDot& dot) {
             return json{{"speaker", dot.speaker},
                         {"gender", dot.gender},
                         {"split", dot.split},
                         {"clips", dot.clips},
                         {"seconds", number(dot.seconds)}};
           })}};
}

json envelope(const Envelope& item) {
  return {{"low", list(item.low, sample)}, {"high", list(item.high, sample)}, {"seconds", number(item.seconds)}};
}

json spectrogram(const Spectrogram& item) {
  return {{"rows", item.rows},
          {"columns", item.columns},
          {"frequencies", list(item.frequencies, sample)},
          {"seconds", number(item.seconds)},
          {"floorDb", number(item.floor_db)},
          {"ceilingDb", number(item.ceiling_db)},
          {"levels", base64(item.levels)}};
}

json example(const ExampleClip& item) {
  return {{"utteranceId", item.utterance_id},
          {"speaker", item.speaker},
          {"gender", item.gender},
          {"genderRaw", optional(item.gender_raw)},
          {"ageRange", optional(item.age_range)},
          {"language", optional(item.language)},
          {"dialect", optional(item.dialect)},
          {"prompt", optional(item.prompt)},
          {"split", item.split},
          {"sourceFormat", item.source_format},
          {"sourceRate", item.source_rate},
          {"sourceChannels", item.source_channels},
          {"rate", item.rate},
          {"before", envelope(item.before)},
          {"trimStart", number(item.trim_start_seconds)},
          {"trimEnd", number(item.trim_end_seconds)},
          {"after", envelope(item.after)},
          {"spectrogram", spectrogram(item.spectrogram)},
          {"windows",
           list(item.windows,
                [](const ClipWindow& window) {
                  return json{{"start", number(window.start_seconds)}, {"end", number(window.end_seconds)}, {"partial", window.partial}};
                })},
          {"pitch", list(item.pitch, sample)},
          {"pitchStep", number(item.pitch_step_seconds)},
          {"sound", base64(item.sound)},
          {"soundRate", item.sound_rate}};
}

json feature(const FeatureFacts& item) {
  return {{"column", item.column},
          {"title", item.title},
          {"unit", item.unit},
          {"meaning", item.meaning},
          {"edges", numbers(item.edges)},
          {"spreads", list(item.spreads,
                           [](const FeatureSpread& spread) {
                             return json{{"gender", spread.gender},   {"counts", spread.counts},         {"q05", number(spread.q05)},
                                         {"q25", number(spread.q25)}, {"median", number(spread.median)}, {"q75", number(spread.q75)},
                                         {"q95", number(spread.q95)}};
                           })},
          {"separation", item.separation ? number(*item.separation) : json(nullptr)}};
}

json measures(const MeasureFacts& item) {
  return {{"set", item.set},
          {"columns", item.columns},
          {"sampledWindows", item.sampled_windows},
          {"windowsByGender", genders(item.windows_by_gender)},
          {"features", list(item.features, feature)}};
}

json dataset(const DatasetFacts& item) {
  return {
      {"columnsIn", item.columns_in},
      {"columnsKept", item.columns_kept},
      {"dropped", list(item.dropped,
                       [](const DroppedColumns& dropped) {
                         return json{{"reason", dropped.reason}, {"count", dropped.count}, {"examples", dropped.examples}};
                       })},
      {"groups", list(item.groups,
                      [](const DatasetGroup& group) {
                        return json{{"split", group.split}, {"gender", group.gender}, {"synthetic", group.synthetic}, {"rows", group.rows}};
                      })},
      {"imputedColumns", optional(item.imputed_columns)}};
}

json rejects(const RejectFacts& item) {
  return {{"total", item.total},
          {"reasons", list(item.reasons,
                           [](const RejectReason& reason) {
                             return json{{"stage", reason.stage}, {"reason", reason.reason}, {"count", reason.count}};
                           })},
          {"lines", list(item.lines, [](const RejectLine& line) {
             return json{{"stage", line.stage},   {"archive", line.archive}, {"member", optional(line.member)},
                         {"reason", line.reason}, {"detail", line.detail},   {"byteOffset", optional(line.byte_offset)}};
           })}};
}

}  // namespace

std::string program_version() {
  return VOXLAKE_VERSION;
}

json to_json(const ReportData& data) {
  return {{"run", run(data.run)},
          {"totals", totals(data.totals)},
          {"stages", list(data.stages, stage)},
          {"archives", archives(data.archives)},
          {"clips", clips(data.clips)},
          {"speakers", speakers(data.speakers)},
          {"examples", list(data.examples, example)},
          {"measures", measures(data.measures)},
          {"dataset", dataset(data.dataset)},
          {"rejects", rejects(data.rejects)}};
}

}  // namespace voxlake::report
