#include "lake/schemas.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "lake/memory_storage.h"
#include "lake/table.h"

namespace voxlake::lake {
namespace {

/// rows → batch → Parquet in a table → batch → rows.
template <typename Row, typename FromBatch>
std::vector<Row> through_a_table(const std::vector<Row>& rows, std::shared_ptr<arrow::Schema> schema, FromBatch from_batch) {
  auto table = Table::open_or_create(std::make_shared<MemoryStorage>(), "t", schema);
  EXPECT_TRUE(table);
  auto batch = to_batch(std::span<const Row>(rows));
  EXPECT_TRUE(batch);
  EXPECT_TRUE((*batch)->schema()->Equals(*schema));
  Commit commit(*table);
  EXPECT_TRUE(commit.append(**batch));
  EXPECT_TRUE(commit.finish());
  std::vector<Row> result;
  EXPECT_TRUE(table->scan({}, [&](const std::shared_ptr<arrow::RecordBatch>& read) -> Status {
    VOXLAKE_ASSIGN(auto some, from_batch(*read));
    for (auto& row : some) result.push_back(std::move(row));
    return {};
  }));
  return result;
}

TEST(Schemas, ArchiveRowsSurviveATable) {
  std::vector<ArchiveRow> rows = {
      {"voxforge", "anna-20080101-abc", "http://host/anna.tgz", "bronze/voxforge/anna.tgz", 1'234'567'890'123, "00ff", "\"e-1\"",
       "Tue, 01 Jan 2008 00:00:00 GMT", 1'199'145'600'123'456, ArchiveState::copied, std::nullopt},
      {"voxforge", "b", "", "", 0, "", std::nullopt, std::nullopt, -1, ArchiveState::failed, "404 Not Found"},
      {"voxforge", "\xc3\xa9", "", "", 0, "", "", std::nullopt, 0, ArchiveState::gone, std::nullopt},
  };
  auto back = through_a_table(rows, archives_schema(), archive_rows);
  ASSERT_EQ(back.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const ArchiveRow &a = rows[i], &b = back[i];
    EXPECT_EQ(std::tie(a.corpus, a.archive, a.url, a.path, a.bytes, a.sha256, a.etag, a.last_modified, a.copied_at_us, a.state, a.error),
              std::tie(b.corpus, b.archive, b.url, b.path, b.bytes, b.sha256, b.etag, b.last_modified, b.copied_at_us, b.state, b.error));
  }
}

TEST(Schemas, UtteranceRowsSurviveATable) {
  UtteranceRow full{"c",
                    "a",
                    "a/x",
                    "a/wav/x.wav",
                    "anna",
                    "female",
                    "[Female]",
                    "Adult",
                    "EN",
                    "American",
                    "HE SAID",
                    "wav",
                    44100,
                    2,
                    99999,
                    512,
                    61234,
                    60722,
                    3.795125,
                    0.75f,
                    0.125f,
                    false,
                    {0.f, -1.f, 0.5f, 1e-30f},
                    "00ff",
                    "fp"};
  UtteranceRow empty;
  empty.is_silent = true;
  std::vector<UtteranceRow> rows = {full, empty, full};
  rows[2].signal.assign(100'000, 0.25f);
  auto back = through_a_table(rows, utterances_schema(), utterance_rows);
  ASSERT_EQ(back.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const UtteranceRow &a = rows[i], &b = back[i];
    EXPECT_EQ(
        std::tie(a.corpus, a.archive, a.utterance_id, a.member, a.speaker, a.gender, a.gender_raw, a.age_range, a.language, a.dialect),
        std::tie(b.corpus, b.archive, b.utterance_id, b.member, b.speaker, b.gender, b.gender_raw, b.age_range, b.language, b.dialect));
    EXPECT_EQ(std::tie(a.prompt, a.source_format, a.source_rate, a.source_channels, a.source_samples, a.trim_start, a.trim_end, a.samples),
              std::tie(b.prompt, b.source_format, b.source_rate, b.source_channels, b.source_samples, b.trim_start, b.trim_end, b.samples));
    EXPECT_EQ(std::tie(a.seconds, a.peak, a.rms, a.is_silent, a.signal, a.archive_sha256, a.fingerprint),
              std::tie(b.seconds, b.peak, b.rms, b.is_silent, b.signal, b.archive_sha256, b.fingerprint));
  }
}

TEST(Schemas, RejectRowsSurviveATable) {
  std::vector<RejectRow> rows = {{"c", "a", "a/wav/x.wav", "decode", "truncated_audio", "ends early", 77, "00ff", "fp"},
                                 {"c", "a", std::nullopt, "copy", "network", "gone", std::nullopt, std::nullopt, ""}};
  auto back = through_a_table(rows, rejects_schema(), reject_rows);
  ASSERT_EQ(back.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const RejectRow &a = rows[i], &b = back[i];
    EXPECT_EQ(std::tie(a.corpus, a.archive, a.member, a.stage, a.reason, a.detail, a.byte_offset, a.archive_sha256, a.fingerprint),
              std::tie(b.corpus, b.archive, b.member, b.stage, b.reason, b.detail, b.byte_offset, b.archive_sha256, b.fingerprint));
  }
}

TEST(Schemas, SpeakerRowsSurviveATable) {
  std::vector<SpeakerRow> rows = {{"anna", "female", 3, 30, 123.456, "train"}, {"", "unknown", 0, 0, 0, "test"}};
  auto back = through_a_table(rows, speakers_schema(), speaker_rows);
  ASSERT_EQ(back.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const SpeakerRow &a = rows[i], &b = back[i];
    EXPECT_EQ(std::tie(a.speaker, a.gender, a.archives, a.clips, a.seconds, a.split),
              std::tie(b.speaker, b.gender, b.archives, b.clips, b.seconds, b.split));
  }
}

TEST(Schemas, MissingColumnsKeepTheirDefaults) {
  auto batch = to_batch(std::vector<SpeakerRow>{{"anna", "female", 3, 30, 1.5, "train"}});
  auto fewer = (*batch)->SelectColumns({0, 5});
  auto rows = speaker_rows(**fewer);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().speaker, "anna");
  EXPECT_EQ(rows->front().split, "train");
  EXPECT_EQ(rows->front().clips, 0);
}

TEST(Schemas, FeatureColumnsStandBetweenTheKeysAndTheSource) {
  auto schema = features_schema({"mfcc_00_mean", "centroid_std"});
  EXPECT_EQ(schema->field_names(),
            (std::vector<std::string>{"corpus", "archive", "utterance_id", "speaker", "gender", "window", "start_seconds", "end_seconds",
                                      "partial", "mfcc_00_mean", "centroid_std", "archive_sha256", "fingerprint"}));
  EXPECT_TRUE(schema->field(9)->nullable());
  EXPECT_FALSE(schema->field(0)->nullable());
  EXPECT_EQ(dataset_schema({"x"})->field_names(),
            (std::vector<std::string>{"utterance_id", "window", "speaker", "gender", "split", "synthetic", "corpus", "x", "fingerprint"}));
}

TEST(Schemas, AnUnknownArchiveStateIsAnError) {
  auto batch = to_batch(std::vector<ArchiveRow>{ArchiveRow{}});
  auto wrong = (*batch)->SetColumn(9, arrow::field("state", arrow::utf8()), (*batch)->column(0));
  ASSERT_TRUE(wrong.ok());
  EXPECT_EQ(archive_rows(**wrong).error().kind, ErrorKind::corrupt_data);
}

}  // namespace
}  // namespace voxlake::lake
