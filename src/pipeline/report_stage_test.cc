#include "pipeline/report_stage.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "audio/golden_audio.h"
#include "corpus/packed_archive.h"
#include "lake/fault_storage.h"
#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "pipeline/dataset_stage.h"
#include "pipeline/feature_rows.h"
#include "pipeline/split_stage.h"
#include "report/render.h"

namespace voxlake::pipeline {
namespace {

std::string bytes_as_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Noise after half a second of silence.
std::string recording(int32_t rate, double seconds) {
  std::vector<std::byte> file = audio::wav(static_cast<int64_t>(rate * (seconds + 0.5)));
  audio::put(file, 24, static_cast<uint64_t>(rate), 4);
  std::fill_n(file.begin() + 44, rate, std::byte{0});
  return bytes_as_text(file);
}

corpus::Bytes archive_of(const std::string& name, const std::string& gender, int32_t rate, double seconds) {
  return corpus::pack({{name + "/etc/README", "Gender: " + gender + "\nLanguage: EN\n"},
                       {name + "/etc/PROMPTS", name + "/mfc/a1 THE FIRST\n"},
                       {name + "/wav/a1.wav", recording(rate, seconds)},
                       {name + "/wav/a2.wav", recording(rate, seconds + 1)},
                       {name + "/wav/broken.wav", "<not> audio at all"}});
}

/// A lake in memory that holds what the stages make of a few archives.
class ReportStage : public testing::Test {
 protected:
  ReportStage() {
    settings_.corpus = "https://ada:secret@speech.example/main/";
    settings_.name = "speech";
    settings_.balance = "none";
    context_.settings = settings_;
    context_.corpus = "speech";
    context_.storage = std::make_shared<lake::MemoryStorage>();
    features::FeatureOptions options;
    auto set = features::FeatureSet::create(options);
    EXPECT_TRUE(set);
    context_.feature_set = *set;
    context_.observer = &observer_;
    context_.stop = &stop_;
    context_.now_us = [] { return int64_t{1'795'374'395'000'000}; };
  }

  template <typename Row>
  void commit(const std::string& path, const std::shared_ptr<arrow::Schema>& schema, const std::vector<Row>& rows) {
    const auto batch = lake::to_batch(std::span<const Row>(rows));
    ASSERT_TRUE(batch) << batch.error().to_string();
    append(path, schema, **batch);
  }

  void append(const std::string& path, const std::shared_ptr<arrow::Schema>& schema, const arrow::RecordBatch& batch) {
    auto table = lake::Table::open_or_create(context_.storage, path, schema);
    ASSERT_TRUE(table) << table.error().to_string();
    lake::Commit commit(*table);
    ASSERT_TRUE(commit.append(batch));
    ASSERT_TRUE(commit.finish());
  }

  /// Takes an archive through copy, decode and features.
  void add_archive(const std::string& name, const std::string& gender, int32_t rate, double seconds, const std::string& corpus = "speech") {
    const corpus::Bytes packed = archive_of(name, gender, rate, seconds);
    const std::string path = bronze_path(corpus, name + ".tgz");
    ASSERT_TRUE(context_.storage->put(path, bytes_as_text(packed)));
    lake::ArchiveRow archive;
    archive.corpus = corpus;
    archive.archive = name;
    archive.path = path;
    archive.bytes = static_cast<int64_t>(packed.size());
    commit<lake::ArchiveRow>(lake::archives_path, lake::archives_schema(), {archive});

    std::vector<lake::UtteranceRow> clips;
    std::vector<lake::RejectRow> rejects;
    const Status decoded = decode_archive({corpus, name, "5ha", archive.bytes},
                                          [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return corpus::memory_source(packed); },
                                          decode_options(context_.settings),
                                          {[&](lake::UtteranceRow&& row) -> Status { return clips.push_back(std::move(row)), Status(); },
                                           [&](lake::RejectRow&& row) -> Status { return rejects.push_back(std::move(row)), Status(); }});
    ASSERT_TRUE(decoded);
    ASSERT_EQ(clips.size(), 2U);
    ASSERT_EQ(rejects.size(), 1U);
    commit<lake::UtteranceRow>(lake::utterances_path, lake::utterances_schema(), clips);
    commit<lake::RejectRow>(lake::rejects_path, lake::rejects_schema(), rejects);

    const auto schema = lake::features_schema(context_.feature_set->columns());
    FeatureRows rows(schema, gold_fingerprint(context_));
    features::Extractor extractor(context_.feature_set);
    for (const auto& clip : clips) {
      features::WindowFeatures windows;
      ASSERT_TRUE(extractor.compute(clip.signal, windows));
      rows.add({clip.corpus, clip.archive, clip.utterance_id, clip.speaker, clip.gender, clip.archive_sha256}, std::move(windows));
    }
    const auto batch = rows.take();
    ASSERT_TRUE(batch);
    append(lake::features_path("spectral"), schema, **batch);
  }

  void add_corpus() {
    add_archive("ann-20080101-abc", "[female];", 16000, 3.2);
    add_archive("bob-20080101-abc", "Male", 8000, 2.0);
    add_archive("cid-20080101-abc", "male", 16000, 4.0);
    const auto split = split_speakers(context_);
    ASSERT_TRUE(split) << split.error().to_string();
    const auto dataset = make_dataset(context_);
    ASSERT_TRUE(dataset) << dataset.error().to_string();
  }

  report::ReportData collect(const RunSummary& summary = {}) {
    const auto data = collect_report(context_, summary);
    EXPECT_TRUE(data) << data.error().to_string();
    return data ? *data : report::ReportData{};
  }

  config::Settings settings_;
  SilentObserver observer_;
  std::atomic<bool> stop_{false};
  Context context_;
};

TEST_F(ReportStage, CountsWhatTheLakeHolds) {
  add_corpus();
  const auto data = collect();
  EXPECT_EQ(data.totals.archives, 3);
  EXPECT_EQ(data.totals.clips, 6);
  EXPECT_EQ(data.totals.speakers, 3);
  EXPECT_EQ(data.totals.refused, 3);
  const auto features = lake::Table::open(context_.storage, lake::features_path("spectral"));
  ASSERT_TRUE(features);
  EXPECT_EQ(data.totals.windows, features->rows());
  ASSERT_EQ(data.archives.by_state.size(), 1U);
  EXPECT_EQ(data.archives.by_state[0].name, "copied");
  ASSERT_EQ(data.clips.genders.size(), 2U);
  EXPECT_EQ(data.clips.genders[0].clips, 2);
  EXPECT_EQ(data.clips.genders[1].clips, 4);
  EXPECT_EQ(data.clips.spellings.size(), 3U);
  EXPECT_EQ(data.clips.sources.size(), 2U);
  // Each recording begins with half a second of silence, of which the trim leaves at most two frames.
  EXPECT_NEAR(data.clips.seconds_cut_at_start, 6 * 0.5, 6 * 0.13);
  EXPECT_NEAR(data.clips.seconds_before, 2 * (3.2 + 2.0 + 4.0) + 3 + 6 * 0.5, 0.01);
  EXPECT_EQ(data.rejects.lines.size(), 3U);
  EXPECT_EQ(data.rejects.lines[0].member, "ann-20080101-abc/wav/broken.wav");
  EXPECT_EQ(data.rejects.reasons.size(), 1U);
}

TEST_F(ReportStage, ShowsExamplesOfBothGendersAndAResampledOneAsSilverHasThem) {
  add_corpus();
  const auto data = collect();
  ASSERT_GE(data.examples.size(), 3U);
  EXPECT_EQ(data.examples[0].gender, "female");
  EXPECT_EQ(data.examples[1].gender, "male");
  EXPECT_TRUE(std::ranges::any_of(data.examples, [](const auto& clip) { return clip.source_rate == 8000; }));
  const auto table = lake::Table::open(context_.storage, lake::utterances_path);
  ASSERT_TRUE(table);
  const Status scanned = table->scan({}, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
    VOXLAKE_ASSIGN(const auto rows, lake::utterance_rows(*batch));
    for (const auto& row : rows) {
      const auto example = std::ranges::find(data.examples, row.utterance_id, &report::ExampleClip::utterance_id);
      if (example == data.examples.end()) continue;
      EXPECT_NEAR(example->after.seconds, row.seconds, 1e-9);
      EXPECT_FLOAT_EQ(*std::ranges::max_element(example->after.high), *std::ranges::max_element(row.signal)) << row.utterance_id;
      EXPECT_GT(example->before.seconds, example->after.seconds + 0.3);
      EXPECT_EQ(example->split.empty(), false);
    }
    return {};
  });
  EXPECT_TRUE(scanned);
  for (const auto& clip : data.examples) {
    EXPECT_EQ(clip.before.low.size(), 600U);
    EXPECT_EQ(clip.spectrogram.levels.size(), static_cast<size_t>(clip.spectrogram.rows * clip.spectrogram.columns));
    ASSERT_FALSE(clip.windows.empty()) << clip.utterance_id;
    EXPECT_EQ(clip.windows[0].start_seconds, 0);
    EXPECT_EQ(clip.windows[0].partial, clip.after.seconds < 3);
    EXPECT_EQ(clip.sound.size(), static_cast<size_t>(std::lround(clip.after.seconds * 16000)));
    EXPECT_FALSE(clip.pitch.empty());
  }
}

TEST_F(ReportStage, PassesOverExamplesWhoseArchiveIsGone) {
  add_corpus();
  ASSERT_TRUE(context_.storage->remove(bronze_path("speech", "ann-20080101-abc.tgz")));
  ASSERT_TRUE(context_.storage->put(bronze_path("speech", "cid-20080101-abc.tgz"), "no archive any more"));
  const auto data = collect();
  ASSERT_FALSE(data.examples.empty());
  for (const auto& clip : data.examples) EXPECT_EQ(clip.speaker, "bob");
}

/// A page without examples would be taken for up to date by the next run.
TEST_F(ReportStage, EndsWhereTheStoreCannotBeReadRatherThanLeaveExamplesOut) {
  add_corpus();
  const auto broken = std::make_shared<lake::FaultStorage>(context_.storage);
  broken->break_folder("bronze/speech");
  context_.storage = broken;
  const auto data = collect_report(context_, {});
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().kind, ErrorKind::io);
}

TEST_F(ReportStage, DescribesFeaturesAndTheDataset) {
  add_corpus();
  const auto data = collect();
  EXPECT_EQ(data.measures.columns, static_cast<int64_t>(context_.feature_set->columns().size()));
  EXPECT_EQ(data.measures.sampled_windows, data.totals.windows);
  ASSERT_GE(data.measures.features.size(), 6U);
  for (const auto& feature : data.measures.features) {
    EXPECT_TRUE(std::ranges::count(context_.feature_set->columns(), feature.column)) << feature.column;
    ASSERT_EQ(feature.spreads.size(), 2U);
    EXPECT_EQ(feature.spreads[0].gender, "female");
  }
  const auto brightness = std::ranges::find(data.measures.features, "centroid_mean", &report::FeatureFacts::column);
  ASSERT_NE(brightness, data.measures.features.end());
  EXPECT_GT(brightness->spreads[0].median, 1000);
  EXPECT_TRUE(brightness->separation);
  EXPECT_EQ(data.dataset.columns_in, data.measures.columns);
  EXPECT_GT(data.dataset.columns_kept, 0);
  int64_t dropped = 0;
  for (const auto& group : data.dataset.dropped) dropped += group.count;
  EXPECT_EQ(data.dataset.columns_kept + dropped, data.dataset.columns_in);
  int64_t rows = 0;
  for (const auto& group : data.dataset.groups) rows += group.rows;
  EXPECT_EQ(rows, data.totals.windows);
}

TEST_F(ReportStage, LeavesOtherCorporaOut) {
  add_corpus();
  const auto before = collect();
  add_archive("zoe-20080101-abc", "female", 16000, 3.0, "elsewhere");
  const auto after = collect();
  EXPECT_EQ(after.totals.archives, before.totals.archives);
  EXPECT_EQ(after.totals.clips, before.totals.clips);
  EXPECT_EQ(after.totals.windows, before.totals.windows);
  EXPECT_EQ(after.totals.refused, before.totals.refused);
}

TEST_F(ReportStage, CopesWithALakeThatHoldsNothing) {
  const auto data = collect();
  EXPECT_EQ(data.totals.archives, 0);
  EXPECT_TRUE(data.examples.empty());
  EXPECT_TRUE(data.stages.empty());
  EXPECT_TRUE(report::render(data));
}

TEST_F(ReportStage, TellsWhatTheRunDidBesideWhatTheLakeHolds) {
  add_corpus();
  RunSummary summary;
  StageSummary decode;
  decode.stage = Stage::decode;
  decode.ran = true;
  decode.out = 2;
  decode.wall_seconds = 1.5;
  decode.work_seconds = 2.5;
  summary.stages.push_back(decode);
  const auto data = collect(summary);
  const auto shown = std::ranges::find(data.stages, "decode", &report::StageFacts::name);
  ASSERT_NE(shown, data.stages.end());
  EXPECT_EQ(shown->out, 6);
  EXPECT_EQ(shown->made, 2);
  EXPECT_EQ(shown->refused, 3);
  EXPECT_TRUE(shown->ran);
  const auto copy = std::ranges::find(data.stages, "copy", &report::StageFacts::name);
  ASSERT_NE(copy, data.stages.end());
  EXPECT_FALSE(copy->ran);
  EXPECT_EQ(copy->out, 3);
}

TEST_F(ReportStage, WritesThePageWithoutTheUsersPassword) {
  add_corpus();
  RunSummary summary;
  const auto done = write_report(context_, summary);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_TRUE(done->ran);
  EXPECT_EQ(summary.report, context_.storage->address("report.html"));
  const auto page = context_.storage->read("report.html");
  ASSERT_TRUE(page);
  EXPECT_EQ(static_cast<int64_t>(page->size()), done->bytes);
  EXPECT_NE(page->find("3 archives → 6 clips"), std::string::npos);
  EXPECT_NE(page->find("2026-11-22T19:06:35Z"), std::string::npos);
  EXPECT_EQ(page->find(":secret"), std::string::npos);
  EXPECT_EQ(page->find("secret@"), std::string::npos);
}

TEST_F(ReportStage, LeavesAReportAloneThatStillHolds) {
  add_corpus();
  RunSummary summary;
  ASSERT_TRUE(write_report(context_, summary));
  RunSummary idle;
  idle.stages.resize(1);
  auto again = write_report(context_, idle);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->ran);
  EXPECT_FALSE(idle.report.empty());
  // A run that was killed before its report leaves tables that are newer than the report.
  add_archive("dan-20080101-abc", "male", 16000, 3.0);
  again = write_report(context_, idle);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->ran);
  // Asked for by itself, it is written in any case.
  EXPECT_TRUE(write_report(context_, summary)->ran);
}

TEST_F(ReportStage, StopsWhenTheUserInterrupts) {
  add_corpus();
  stop_ = true;
  RunSummary summary;
  const auto done = write_report(context_, summary);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace voxlake::pipeline
