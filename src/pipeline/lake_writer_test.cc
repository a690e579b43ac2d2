#include "pipeline/lake_writer.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <atomic>

#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "pipeline/context.h"
#include "pipeline/lake_state.h"

namespace voxlake::pipeline {
namespace {

class LakeWriterTest : public testing::Test {
 protected:
  Context context_for(const std::string& corpus) {
    config::Settings settings;
    settings.name = corpus;
    settings.lake = testing::TempDir() + "/lake_writer_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    Context context = *make_context(settings, observer_, stop_);
    context.storage = storage_;
    return context;
  }

  lake::ArchiveRow archive_row(const Context& context, const std::string& archive, const std::string& sha256) {
    lake::ArchiveRow row;
    row.corpus = context.corpus;
    row.archive = archive;
    row.sha256 = sha256;
    return row;
  }

  ArchiveChunk chunk(const Context& context, const std::string& archive, const std::string& sha256) {
    lake::UtteranceRow row;
    row.corpus = context.corpus;
    row.archive = archive;
    row.utterance_id = archive + "/a1";
    row.signal = {0.5f, -0.5f};
    row.archive_sha256 = sha256;
    row.fingerprint = silver_fingerprint(context);
    ArchiveChunk chunk;
    chunk.utterances = *lake::to_batch(std::span<const lake::UtteranceRow>(&row, 1));
    return chunk;
  }

  void write(const Context& context, const std::string& archive, const std::string& sha256, bool replace) {
    LakeWriter writer(context);
    ASSERT_TRUE(writer.add(chunk(context, archive, sha256)));
    ArchiveResult result;
    result.archive = archive;
    result.row = archive_row(context, archive, sha256);
    result.replace_row = replace;
    result.replace_utterances = replace;
    ASSERT_TRUE(writer.complete(std::move(result)));
    const Status flushed = writer.flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
  }

  SilentObserver observer_;
  const std::atomic<bool> stop_{false};
  std::shared_ptr<lake::Storage> storage_ = std::make_shared<lake::MemoryStorage>();
};

TEST_F(LakeWriterTest, ANewVersionOfAnArchiveReplacesItsRows) {
  const Context context = context_for("one");
  write(context, "x-1", "old", false);
  write(context, "x-1", "new", true);
  const auto state = read_lake_state(context);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->archives.at("x-1").sha256, "new");
  EXPECT_EQ(state->silver.at("x-1").archive_sha256, "new");
  EXPECT_EQ(lake::Table::open(storage_, lake::utterances_path)->rows(), 1);
}

TEST_F(LakeWriterTest, AnArchiveOfTheSameNameInAnotherCorpusIsNotTouched) {
  const Context one = context_for("one");
  const Context two = context_for("two");
  write(one, "x-1", "of one", false);
  write(two, "x-1", "of two", false);
  write(one, "x-1", "of one, changed", true);
  EXPECT_EQ(read_lake_state(one)->silver.at("x-1").archive_sha256, "of one, changed");
  EXPECT_EQ(read_lake_state(two)->silver.at("x-1").archive_sha256, "of two");
  EXPECT_EQ(read_lake_state(two)->archives.at("x-1").sha256, "of two");
}

TEST_F(LakeWriterTest, ChunksOfAnUnfinishedArchiveAreNeverCommitted) {
  const Context context = context_for("one");
  LakeWriter writer(context);
  ASSERT_TRUE(writer.add(chunk(context, "x-1", "sha")));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(read_lake_state(context)->silver.count("x-1"), 0u);
  EXPECT_EQ(writer.commits(), 0);
}

TEST_F(LakeWriterTest, NothingWrittenMakesNoTable) {
  const Context context = context_for("one");
  LakeWriter writer(context);
  ASSERT_TRUE(writer.flush());
  EXPECT_TRUE(storage_->list("")->empty());
}

TEST_F(LakeWriterTest, AnArchiveWithNothingToShowIsKnownByItsReject) {
  const Context context = context_for("one");
  LakeWriter writer(context);
  ArchiveResult result;
  result.archive = "x-1";
  lake::RejectRow reject;
  reject.corpus = "one";
  reject.archive = "x-1";
  reject.stage = "decode";
  reject.reason = no_utterances;
  reject.archive_sha256 = "sha";
  reject.fingerprint = silver_fingerprint(context);
  result.rejects = {reject};
  ASSERT_TRUE(writer.complete(std::move(result)));
  ASSERT_TRUE(writer.flush());
  const auto state = read_lake_state(context);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->silver.at("x-1"), (Stamp{"sha", silver_fingerprint(context)}));
  EXPECT_EQ(state->has_utterances.count("x-1"), 0u);
}

}  // namespace
}  // namespace voxlake::pipeline
