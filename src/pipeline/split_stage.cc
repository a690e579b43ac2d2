#include "pipeline/split_stage.h"

#include <arrow/api.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "dataset/split.h"
#include "lake/schemas.h"
#include "pipeline/lake_state.h"

namespace voxlake::pipeline {
namespace {

struct Voice {
  std::set<std::string> archives;
  std::map<std::string, int64_t> clips_by_gender;
  int64_t clips = 0;
  double seconds = 0;
};

/// The gender that most clips name; `unknown` only where none names any. A tie goes to the first by alphabet, so that it never depends on
/// order.
std::string majority(const std::map<std::string, int64_t>& clips_by_gender) {
  std::string best = "unknown";
  int64_t most = 0;
  for (const auto& [gender, clips] : clips_by_gender) {
    if (gender != "unknown" && clips > most) {
      best = gender;
      most = clips;
    }
  }
  return best;
}

bool same(const lake::SpeakerRow& a, const lake::SpeakerRow& b) {
  return a.speaker == b.speaker && a.gender == b.gender && a.archives == b.archives && a.clips == b.clips && a.seconds == b.seconds &&
         a.split == b.split;
}

Result<std::vector<lake::SpeakerRow>> read_speakers(const Context& context) {
  std::vector<lake::SpeakerRow> rows;
  VOXLAKE_ASSIGN(const auto table, open_if_present(context, lake::speakers_path));
  if (!table) return rows;
  VOXLAKE_TRY(table->scan({}, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
    VOXLAKE_ASSIGN(auto more, lake::speaker_rows(*batch));
    std::move(more.begin(), more.end(), std::back_inserter(rows));
    return {};
  }));
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.speaker < b.speaker; });
  return rows;
}

Status commit_speakers(const Context& context, const std::vector<lake::SpeakerRow>& rows) {
  VOXLAKE_ASSIGN(auto table, lake::Table::open_or_create(context.storage, lake::speakers_path, lake::speakers_schema()));
  VOXLAKE_ASSIGN(const auto batch, lake::to_batch(std::span<const lake::SpeakerRow>(rows)));
  lake::Commit commit(table, write_options(context.settings));
  commit.remove_all();
  VOXLAKE_TRY(commit.append(*batch));
  commit.set_transaction("voxlake/split", table.transaction("voxlake/split").value_or(0) + 1);
  commit.describe("SPLIT", {{"speakers", std::to_string(rows.size())}});
  VOXLAKE_TRY(commit.finish());
  return {};
}

}  // namespace

SpeakerTable make_speakers(const std::vector<lake::UtteranceRow>& clips, const std::vector<lake::SpeakerRow>& present,
                           const config::Settings& settings) {
  std::map<std::string, Voice> voices;
  for (const auto& clip : clips) {
    Voice& voice = voices[clip.speaker];
    voice.archives.insert(clip.corpus + "/" + clip.archive);
    ++voice.clips_by_gender[clip.gender];
    ++voice.clips;
    voice.seconds += clip.seconds;
  }
  std::map<std::string, std::string> splits;
  for (const auto& row : present) splits[row.speaker] = row.split;

  SpeakerTable table;
  std::vector<dataset::SplitSpeaker> speakers;
  for (const auto& [name, voice] : voices) {
    dataset::SplitSpeaker speaker;
    speaker.speaker = name;
    speaker.gender = majority(voice.clips_by_gender);
    speaker.clips = voice.clips;
    if (const auto found = splits.find(name); found != splits.end()) speaker.split = found->second;
    if (voice.clips_by_gender.count("male") + voice.clips_by_gender.count("female") > 1) table.disagreeing.push_back(name);
    speakers.push_back(std::move(speaker));
  }
  dataset::assign_splits(speakers, {settings.train_share, settings.validation_share, settings.test_share});
  for (const auto& speaker : speakers) {
    const Voice& voice = voices[speaker.speaker];
    table.rows.push_back({speaker.speaker, speaker.gender, static_cast<int64_t>(voice.archives.size()), voice.clips, voice.seconds,
                          speaker.split.value_or("")});
  }
  std::sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) { return a.speaker < b.speaker; });
  return table;
}

Result<StageSummary> split_speakers(const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  context.observer->begin(Stage::split, -1);
  std::vector<lake::UtteranceRow> clips;
  VOXLAKE_ASSIGN(const auto utterances, open_if_present(context, lake::utterances_path));
  if (utterances) {
    VOXLAKE_TRY(utterances->scan({"corpus", "archive", "utterance_id", "speaker", "gender", "seconds"},
                                 [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
                                   if (context.stopping()) return interrupted();
                                   VOXLAKE_ASSIGN(auto rows, lake::utterance_rows(*batch));
                                   std::move(rows.begin(), rows.end(), std::back_inserter(clips));
                                   return {};
                                 }));
  }
  // Sums of seconds must not depend on the order in which archives came.
  std::sort(clips.begin(), clips.end(), [](const auto& a, const auto& b) { return a.utterance_id < b.utterance_id; });
  VOXLAKE_ASSIGN(const auto present, read_speakers(context));
  const SpeakerTable table = make_speakers(clips, present, context.settings);

  StageSummary summary;
  summary.stage = Stage::split;
  summary.unit = "speakers";
  summary.in = static_cast<int64_t>(clips.size());
  summary.out = static_cast<int64_t>(table.rows.size());
  const bool unchanged = std::equal(table.rows.begin(), table.rows.end(), present.begin(), present.end(), same);
  if (!unchanged) {
    VOXLAKE_TRY(commit_speakers(context, table.rows));
    summary.ran = true;
    if (!table.disagreeing.empty()) {
      std::string names;
      for (size_t i = 0; i < std::min<size_t>(table.disagreeing.size(), 5); ++i) names += (i > 0 ? ", " : "") + table.disagreeing[i];
      if (table.disagreeing.size() > 5) names += ", …";
      context.observer->message(Level::warning,
                                "called male in one archive and female in another, and given what most clips say: " + names);
    }
  }
  summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  summary.work_seconds = summary.wall_seconds;
  return summary;
}

}  // namespace voxlake::pipeline
