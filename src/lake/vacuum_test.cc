#include "lake/vacuum.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "lake/commit_identity.h"
#include "lake/delta_log.h"
#include "lake/fault_storage.h"
#include "lake/memory_storage.h"
#include "lake/optimize.h"
#include "lake/table_test_support.h"

namespace voxlake::lake {
namespace {

/// The time, with milliseconds to spare on both sides, so that it parts what was before from what comes after.
int64_t moment() {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  const int64_t now = log_time_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  return now;
}

VacuumResult vacuumed(const std::shared_ptr<Storage>& storage, int64_t cutoff_ms, bool dry_run = false) {
  const int64_t now = log_time_ms() + 1;
  auto result = vacuum(storage, "t", {.retention_ms = now - cutoff_ms, .now_ms = now, .dry_run = dry_run});
  EXPECT_TRUE(result) << result.error().to_string();
  return result.value_or(VacuumResult{});
}

int64_t data_files(Storage& storage) {
  int64_t count = 0;
  const auto files = *storage.list("t");
  for (const FileInfo& file : files) count += file.path.ends_with(".parquet") && file.path.find("_delta_log") == std::string::npos;
  return count;
}

TEST(Vacuum, RemovesOnlyFilesThatNoVersionWithinTheRetentionHas) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(append(table, {{"a", i}}));
  const int64_t before = moment();
  ASSERT_TRUE(optimize(storage, "t", {}));
  const int64_t after = moment();
  ASSERT_TRUE(table.refresh());
  ASSERT_TRUE(append(table, {{"b", 1}}));
  EXPECT_EQ(vacuumed(storage, before).files.size(), 0u);  // a reader that came at `before` holds the four
  EXPECT_EQ(data_files(*storage), 6);
  EXPECT_EQ(vacuumed(storage, after, /*dry_run=*/true).files.size(), 4u);
  EXPECT_EQ(data_files(*storage), 6);
  const VacuumResult result = vacuumed(storage, after);
  EXPECT_EQ(result.files.size(), 4u);
  EXPECT_GT(result.bytes, 0);
  EXPECT_EQ(result.kept_files, 2);
  EXPECT_EQ(data_files(*storage), 2);
  EXPECT_EQ(stored_rows(storage), rows_of(table));
  EXPECT_EQ(vacuumed(storage, after).files.size(), 0u);
}

TEST(Vacuum, AVersionThatWasTheNewestWhenTheRetentionBeganStays) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"old", 1}}));
  const Table opened_then = table;
  const int64_t then = moment();
  Commit commit(table);
  commit.remove_all();
  ASSERT_TRUE(commit.append(*batch_of({{"new", 2}})));
  ASSERT_TRUE(commit.finish());
  vacuumed(storage, then);
  EXPECT_EQ(rows_of(opened_then), (Rows{{"old", 1}}));
}

TEST(Vacuum, FilesThatNoCommitNamesGoOnceTheyAreOldAndOthersFilesStay) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  ASSERT_TRUE(storage->put("t/part-00000-0123456789abcdef.snappy.parquet", "left by a writer that died"));
  ASSERT_TRUE(storage->put("t/_symlink_format_manifest/manifest", "another program's"));
  ASSERT_TRUE(storage->put("t/.hidden", "another program's"));
  const int64_t mark = moment();
  ASSERT_TRUE(storage->put("t/part-00001-0123456789abcdef.snappy.parquet", "about to be committed"));
  const VacuumResult result = vacuumed(storage, mark);
  ASSERT_EQ(result.files.size(), 1u);
  EXPECT_EQ(result.files[0].path, "t/part-00000-0123456789abcdef.snappy.parquet");
  EXPECT_TRUE(storage->info("t/part-00001-0123456789abcdef.snappy.parquet"));
  EXPECT_TRUE(storage->info("t/_symlink_format_manifest/manifest"));
  EXPECT_TRUE(storage->info("t/.hidden"));
}

TEST(Vacuum, TombstonesInCheckpointsProtectWhenTheLogIsClean) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"old", 1}}));
  const Table reader = table;
  const int64_t then = moment();
  Commit commit(table);
  commit.remove_all();
  ASSERT_TRUE(commit.finish());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(append(table, {{"x", i}}));
  ASSERT_TRUE(delta::clean_log(*storage, "t", 0, log_time_ms() + 1));
  EXPECT_EQ(Table::open(storage, "t", 1).error().kind, ErrorKind::not_found);
  vacuumed(storage, then);
  EXPECT_EQ(rows_of(reader), (Rows{{"old", 1}}));
}

TEST(VacuumFaults, StoppedAnywhereTheTableAndItsReadersAreWhole) {
  auto start = std::make_shared<MemoryStorage>();
  Table table = make_table(start);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(table, {{"a", i}}));
  ASSERT_TRUE(optimize(start, "t", {}));
  const int64_t cutoff = moment();
  const Rows rows = stored_rows(start);
  for (Fault fault : {Fault::fail_before, Fault::fail_after, Fault::die_before, Fault::die_after}) {
    for (int call = 1;; ++call) {
      auto memory = start->copy();
      auto storage = std::make_shared<FaultStorage>(memory);
      storage->arm(fault, call);
      const int64_t now = log_time_ms() + 1;
      (void)vacuum(storage, "t", {.retention_ms = now - cutoff, .now_ms = now});
      if (storage->calls() < call) break;
      EXPECT_EQ(stored_rows(memory), rows);
      vacuumed(memory, cutoff);
      EXPECT_EQ(stored_rows(memory), rows);
      EXPECT_EQ(data_files(*memory), 1);
    }
  }
}

TEST(VacuumProperty, ReadersWithinTheRetentionNeverMissAFile) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    auto storage = std::make_shared<MemoryStorage>();
    Table table = make_table(storage);
    std::vector<std::pair<Table, Rows>> readers;  // with what they saw
    std::vector<int64_t> times;
    for (int step = 0; step < 25; ++step) {
      Commit commit(table);
      if (random() % 3 == 0) commit.remove_where("archive", {std::string(1, static_cast<char>('a' + random() % 4))});
      ASSERT_TRUE(commit.append(*batch_of({{std::string(1, static_cast<char>('a' + random() % 4)), step}})));
      ASSERT_TRUE(commit.finish());
      if (random() % 6 == 0) {
        ASSERT_TRUE(optimize(storage, "t", {}));
        ASSERT_TRUE(table.refresh());
      }
      times.push_back(moment());
      readers.emplace_back(table, rows_of(table));
      if (random() % 4 != 0) continue;
      const size_t kept = random() % readers.size();
      vacuumed(storage, times[kept]);
      for (size_t i = kept; i < readers.size(); ++i) {
        ASSERT_EQ(rows_of(readers[i].first), readers[i].second) << "seed " << seed << " step " << step << " reader " << i;
      }
      readers.erase(readers.begin(), readers.begin() + static_cast<long>(kept));
      times.erase(times.begin(), times.begin() + static_cast<long>(kept));
    }
  }
}

}  // namespace
}  // namespace voxlake::lake
