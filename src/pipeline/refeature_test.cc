#include "pipeline/refeature.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <set>

#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "pipeline/lake_writer.h"

namespace voxlake::pipeline {
namespace {

class RefeatureTest : public testing::Test {
 protected:
  Context context_for(double hop_seconds) {
    config::Settings settings;
    settings.name = "c";
    settings.lake = testing::TempDir() + "/refeature_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    settings.hop_seconds = hop_seconds;
    settings.threads = 2;
    Context context = *make_context(settings, observer_, stop_);
    context.settings.file_mb = 0;  // a commit after each archive
    context.storage = storage_;
    return context;
  }

  /// Appends a data file of one clip.
  void add_clip(const Context& context, const std::string& archive, const std::string& clip) {
    lake::UtteranceRow row;
    row.corpus = context.corpus;
    row.archive = archive;
    row.utterance_id = archive + "/" + clip;
    row.speaker = archive;
    for (int i = 0; i < 64000; ++i) row.signal.push_back(0.3F * std::sin(0.05F * static_cast<float>(i)));
    row.archive_sha256 = "sha";
    row.fingerprint = silver_fingerprint(context);
    auto table = lake::Table::open_or_create(storage_, lake::utterances_path, lake::utterances_schema());
    ASSERT_TRUE(table) << table.error().to_string();
    lake::Commit commit(*table, {});
    ASSERT_TRUE(commit.append(**lake::to_batch(std::span<const lake::UtteranceRow>(&row, 1))));
    ASSERT_TRUE(commit.finish());
  }

  StageSummary describe(const Context& context) {
    const auto state = read_lake_state(context);
    EXPECT_TRUE(state) << state.error().to_string();
    const auto summary = refeature(context, *state, archives_without_features(context, *state));
    EXPECT_TRUE(summary) << summary.error().to_string();
    return *summary;
  }

  std::multiset<std::string> described_clips(const Context& context) {
    std::multiset<std::string> clips;
    const auto table = lake::Table::open(storage_, lake::features_path(context.feature_set->options().set));
    EXPECT_TRUE(table);
    const Status scanned = table->scan({"utterance_id"}, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
      const auto& ids = static_cast<const arrow::StringArray&>(*batch->column(0));
      for (int64_t i = 0; i < ids.length(); ++i) clips.insert(ids.GetString(i));
      return {};
    });
    EXPECT_TRUE(scanned);
    return clips;
  }

  SilentObserver observer_;
  const std::atomic<bool> stop_{false};
  std::shared_ptr<lake::Storage> storage_ = std::make_shared<lake::MemoryStorage>();
};

TEST_F(RefeatureTest, AnArchiveWhoseClipsLieApartIsDescribedAsAWhole) {
  const Context before = context_for(5);
  add_clip(before, "a", "1");
  add_clip(before, "b", "1");
  add_clip(before, "a", "2");
  EXPECT_EQ(describe(before).out, 3);
  const Context after = context_for(6);
  EXPECT_EQ(describe(after).out, 3);
  EXPECT_EQ(described_clips(after), (std::multiset<std::string>{"a/1", "a/2", "b/1"}));
  EXPECT_TRUE(archives_without_features(after, *read_lake_state(after)).empty());
}

TEST_F(RefeatureTest, WindowsOfAnArchiveWithoutClipsGo) {
  const Context context = context_for(5);
  add_clip(context, "a", "1");
  add_clip(context, "b", "1");
  describe(context);
  // The archive "a" comes again, and nothing in it can be decoded; the run ends before gold is told.
  LakeWriter writer(context);
  ArchiveResult broken;
  broken.archive = "a";
  broken.replace_utterances = true;
  lake::RejectRow reject;
  reject.corpus = context.corpus;
  reject.archive = "a";
  reject.stage = "decode";
  reject.reason = no_utterances;
  reject.archive_sha256 = "new";
  reject.fingerprint = silver_fingerprint(context);
  broken.rejects = {reject};
  ASSERT_TRUE(writer.complete(std::move(broken)));
  ASSERT_TRUE(writer.flush());

  EXPECT_EQ(archives_without_features(context, *read_lake_state(context)), std::set<std::string>{"a"});
  EXPECT_TRUE(describe(context).ran);
  EXPECT_EQ(described_clips(context), std::multiset<std::string>{"b/1"});
  EXPECT_TRUE(archives_without_features(context, *read_lake_state(context)).empty());
}

}  // namespace
}  // namespace voxlake::pipeline
