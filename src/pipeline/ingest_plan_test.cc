#include <gtest/gtest.h>

#include <atomic>

#include "pipeline/ingest.h"

namespace voxlake::pipeline {
namespace {

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    config::Settings settings;
    settings.name = "c";
    settings.lake = testing::TempDir() + "/plan_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    context_ = *make_context(settings, observer_, stop_);
  }

  /// An archive that was copied and decoded as configured.
  void add_done(const std::string& archive) {
    lake::ArchiveRow row;
    row.corpus = "c";
    row.archive = archive;
    row.path = "bronze/c/" + archive + ".tgz";
    row.bytes = 7;
    row.sha256 = "sha";
    state_.archives[archive] = row;
    state_.bronze_files[row.path] = 7;
    state_.silver[archive] = {"sha", silver_fingerprint(context_)};
  }

  std::vector<IngestItem> plan(const std::vector<std::string>& published, const IngestStages& stages, bool whole = true) {
    std::vector<corpus::ManifestRow> manifest;
    for (const auto& archive : published) manifest.push_back({"http://h/", archive + ".tgz", archive + ".tgz"});
    return plan_ingest(context_, state_, manifest, stages, whole);
  }

  SilentObserver observer_;
  const std::atomic<bool> stop_{false};
  Context context_;
  LakeState state_;
};

TEST_F(PlanTest, EveryPublishedArchiveIsAskedForInTheManifestsOrder) {
  add_done("b");
  const auto items = plan({"b", "a"}, {});
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].archive, "b");
  EXPECT_TRUE(items[0].in_bronze) << "so the request is conditional";
  EXPECT_EQ(items[1].archive, "a");
  EXPECT_FALSE(items[1].in_bronze);
}

TEST_F(PlanTest, AnArchiveWhoseFileIsGoneFromBronzeIsFetchedWhole) {
  add_done("a");
  state_.bronze_files["bronze/c/a.tgz"] = 6;
  EXPECT_FALSE(plan({"a"}, {})[0].in_bronze);
  state_.bronze_files.clear();
  EXPECT_FALSE(plan({"a"}, {})[0].in_bronze);
}

TEST_F(PlanTest, AnArchiveNoLongerPublishedIsMarkedGoneOnceAndOnlyByAWholeManifest) {
  add_done("a");
  const auto items = plan({}, {});
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(items[0].gone);
  EXPECT_TRUE(items[0].url.empty());
  EXPECT_TRUE(plan({}, {}, /*whole=*/false).empty()) << "a limit hides archives that are still published";
  state_.archives["a"].state = lake::ArchiveState::gone;
  EXPECT_TRUE(plan({}, {}).empty());
}

TEST_F(PlanTest, DecodingAloneTakesWhatIsCopiedAndNotDecodedAsConfigured) {
  add_done("done");
  add_done("stale");
  state_.silver["stale"].fingerprint = "older";
  add_done("changed");
  state_.archives["changed"].sha256 = "other";
  add_done("failed");
  state_.archives["failed"].state = lake::ArchiveState::failed;
  state_.silver.erase("failed");
  std::vector<std::string> names;
  for (const auto& item : plan({}, {false, true, false})) names.push_back(item.archive);
  EXPECT_EQ(names, (std::vector<std::string>{"changed", "stale"}));
}

}  // namespace
}  // namespace voxlake::pipeline
