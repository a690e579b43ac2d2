// What our own scan of a lake that is not on this machine's disks reads, and that it answers as DuckDB's own over a folder.
#include "warehouse/lake_scan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "lake/scratch_folder.h"
#include "lake/table.h"
#include "warehouse/cost.h"
#include "warehouse/sql.h"

namespace voxlake::warehouse {
namespace {

/// A store on no disk, which notes whose ranges are read, and how many are read at once.
class WatchedStorage final : public lake::Storage {
 public:
  Result<std::string> read(std::string_view path) override { return inner_.read(path); }
  Result<std::string> read_range(std::string_view path, int64_t offset, int64_t length) override {
    {
      const std::lock_guard lock(mutex_);
      read_.insert(std::string(path));
      most_at_once_ = std::max(most_at_once_, ++at_once_);
    }
    std::this_thread::sleep_for(latency);
    auto range = inner_.read_range(path, offset, length);
    const std::lock_guard lock(mutex_);
    --at_once_;
    return range;
  }
  Result<lake::FileInfo> info(std::string_view path) override { return inner_.info(path); }
  Result<std::vector<lake::FileInfo>> list(std::string_view folder) override { return inner_.list(folder); }
  Result<std::unique_ptr<lake::WritableFile>> create(std::string_view path) override { return inner_.create(path); }
  Status put(std::string_view path, std::string_view bytes) override { return inner_.put(path, bytes); }
  Status put_if_absent(std::string_view path, std::string_view bytes) override { return inner_.put_if_absent(path, bytes); }
  Status remove(std::string_view path) override { return inner_.remove(path); }
  std::string address(std::string_view path) const override { return inner_.address(path); }

  /// How many data files of clips were read since the last call.
  size_t clip_files_read() {
    const std::lock_guard lock(mutex_);
    const auto count = std::count_if(read_.begin(), read_.end(), [](const std::string& path) { return path.starts_with("silver/utt"); });
    read_.clear();
    return static_cast<size_t>(count);
  }
  int most_at_once() {
    const std::lock_guard lock(mutex_);
    return std::exchange(most_at_once_, 0);
  }
  std::chrono::milliseconds latency{0};

 private:
  lake::MemoryStorage inner_;
  std::mutex mutex_;
  std::set<std::string> read_;
  int at_once_ = 0, most_at_once_ = 0;
};

constexpr int files = 8, clips_in_file = 20;

/// Files of 20 clips each: speakers s0 to s15, two a file, archives a0 to a159, rates 0 to 159, seconds 0 to 79.5.
void fill(const std::shared_ptr<lake::Storage>& storage) {
  auto table = lake::Table::open_or_create(storage, lake::utterances_path, lake::utterances_schema());
  ASSERT_TRUE(table) << table.error().to_string();
  std::set<std::string> speakers;
  for (int file = 0; file < files; ++file) {
    std::vector<lake::UtteranceRow> rows(clips_in_file);
    for (int i = 0; i < clips_in_file; ++i) {
      auto& row = rows[static_cast<size_t>(i)];
      const int number = file * clips_in_file + i;
      row.utterance_id = "u" + std::to_string(number);
      row.archive = "a" + std::to_string(number);
      row.speaker = "s" + std::to_string(2 * file + i % 2);
      row.gender = i % 3 == 0 ? "female" : "male";
      row.source_rate = number;
      row.seconds = number / 2.0;
      speakers.insert(row.speaker);
    }
    lake::Commit commit(*table);
    ASSERT_TRUE(commit.append(**lake::to_batch(std::span<const lake::UtteranceRow>(rows))));
    ASSERT_TRUE(commit.finish());
  }
  std::vector<lake::SpeakerRow> rows;
  for (const std::string& speaker : speakers) rows.push_back({speaker, "female", 1, 10, 5, speaker < "s3" ? "train" : "test"});
  auto of_speakers = lake::Table::open_or_create(storage, lake::speakers_path, lake::speakers_schema());
  lake::Commit commit(*of_speakers);
  ASSERT_TRUE(commit.append(**lake::to_batch(std::span<const lake::SpeakerRow>(rows))));
  ASSERT_TRUE(commit.finish());
}

std::string answer(SqlSession& session, const std::string& sql, const std::map<std::string, std::string>& parameters) {
  std::ostringstream output;
  session.options().parameters = parameters;
  const Status status = session.run(sql, output);
  EXPECT_TRUE(status) << sql << ": " << status.error().to_string();
  return output.str();
}

class LakeScan : public testing::Test {
 protected:
  void SetUp() override {
    fill(watched_);
    fill(folder_);
    over_watched_.emplace(*SqlSession::open(watched_, {.format = SqlFormat::csv}));
    over_folder_.emplace(*SqlSession::open(folder_, {.format = SqlFormat::csv}));
  }
  /// The data files that are read for a query, whose answer is that over a folder.
  size_t files_read(const std::string& sql, const std::map<std::string, std::string>& parameters = {}) {
    watched_->clip_files_read();
    EXPECT_EQ(answer(*over_watched_, sql, parameters), answer(*over_folder_, sql, parameters)) << sql;
    return watched_->clip_files_read();
  }

  lake::ScratchFolder scratch_;
  std::shared_ptr<WatchedStorage> watched_ = std::make_shared<WatchedStorage>();
  std::shared_ptr<lake::Storage> folder_ = *lake::open_storage(scratch_.path());
  std::optional<SqlSession> over_watched_, over_folder_;
};

TEST_F(LakeScan, FilesWithoutRowsForTheQueryAreNotRead) {
  EXPECT_EQ(files_read("SELECT utterance_id FROM utterances WHERE speaker = 's5' ORDER BY ALL"), 1u);
  EXPECT_EQ(files_read("SELECT utterance_id FROM utterances WHERE speaker IN ('s0', 's15') ORDER BY ALL"), 2u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE source_rate BETWEEN 30 AND 50"), 2u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE source_rate < 5 OR source_rate >= 150"), 2u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE seconds > 75.0 AND gender = 'male'"), 1u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE speaker = 'nobody'"), 0u);
  EXPECT_EQ(files_read("SELECT split, count(*) FROM utterances WHERE speaker = 's9' GROUP BY ALL"), 1u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE speaker = $who", {{"who", "s5"}}), 1u);
}

TEST_F(LakeScan, EveryScanOfATableHasItsFiles) {
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances a, utterances b WHERE a.speaker = 's0' AND b.speaker = 's4'"), 2u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE speaker = 's0' UNION ALL SELECT count(*) FROM utterances"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE seconds = (SELECT max(seconds) FROM utterances)"), 8u);
  EXPECT_EQ(files_read("WITH c AS (SELECT * FROM utterances WHERE source_rate < 20) SELECT count(*) FROM c x JOIN c y USING (speaker)"),
            1u);
}

TEST_F(LakeScan, WhatCannotBeToldFromStatisticsIsRead) {
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE upper(speaker) = 'S5'"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE speaker = 's0' OR seconds > 79"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE split = 'train'"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) FROM utterances WHERE prompt IS NULL"), 8u);
}

TEST_F(LakeScan, FiltersAreThoseOfEachQueryOfAConversation) {
  EXPECT_EQ(files_read("SELECT count(*) AS n FROM utterances WHERE speaker = 's5'"), 1u);
  EXPECT_EQ(files_read("SELECT count(*) AS n FROM utterances"), 8u);
  EXPECT_EQ(files_read("SELECT count(*) AS n FROM utterances WHERE speaker = 's5'"), 1u);
  std::ostringstream output;
  ASSERT_TRUE(over_watched_->run("EXPLAIN SELECT * FROM utterances WHERE speaker = 's5'", output));
  EXPECT_FALSE(over_watched_->run("SELECT nothing FROM utterances", output));
  EXPECT_EQ(files_read("SELECT count(*) AS n FROM utterances"), 8u);
}

TEST_F(LakeScan, RandomConditionsAnswerAsOverAFolder) {
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
  std::set<size_t> read;
  const std::function<std::string(int)> condition = [&](int depth) -> std::string {
    if (depth > 0) {
      const std::string both = condition(depth - 1) + pick({" AND ", " OR "}) + condition(depth - 1);
      return random() % 2 == 0 ? both : "(" + both + ")";
    }
    const std::string comparison = pick({"=", "<", "<=", ">", ">=", "<>"});
    switch (random() % 4) {
      case 0: return "speaker " + comparison + " 's" + std::to_string(random() % 18) + "'";
      case 1: return "source_rate " + comparison + " " + std::to_string(random() % 180);
      case 2: return "seconds " + comparison + " " + std::to_string(static_cast<int>(random() % 90) - 5) + pick({"", ".5", ".25"});
      default: return "speaker IN ('s" + std::to_string(random() % 16) + "', 's" + std::to_string(random() % 16) + "')";
    }
  };
  for (int trial = 0; trial < 100; ++trial) {
    const std::string where = condition(static_cast<int>(random() % 3));
    read.insert(files_read("SELECT count(*), min(source_rate), max(source_rate) FROM utterances WHERE " + where));
  }
  EXPECT_GT(read.size(), 4u);  // from none to all of them
}

TEST_F(LakeScan, FootersAreAskedForTogether) {
  watched_->latency = std::chrono::milliseconds(5);
  watched_->most_at_once();
  const auto cost = query_cost(watched_, "SELECT sum(seconds) FROM utterances", {});
  ASSERT_TRUE(cost) << cost.error().to_string();
  EXPECT_EQ(cost->scans.at(0).files, files);
  EXPECT_EQ(cost->bytes(), query_cost(folder_, "SELECT sum(seconds) FROM utterances", {})->bytes());
  EXPECT_GT(watched_->most_at_once(), 3);
}

}  // namespace
}  // namespace voxlake::warehouse
