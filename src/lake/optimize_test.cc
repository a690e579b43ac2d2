#include "lake/optimize.h"

#include <arrow/table.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "lake/fault_storage.h"
#include "lake/history.h"
#include "lake/memory_storage.h"
#include "lake/table_test_support.h"

namespace voxlake::lake {
namespace {

constexpr int64_t whole = int64_t{1} << 30;

/// A table of `count` files with one row each: ("a0", 0), ("a1", 1), …
std::shared_ptr<MemoryStorage> small_files(int count) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < count; ++i) EXPECT_TRUE(append(table, {{"a" + std::to_string(i), i}}));
  return storage;
}

OptimizeResult optimized(const std::shared_ptr<Storage>& storage, const OptimizeOptions& options = {}) {
  auto result = optimize(storage, "t", options);
  EXPECT_TRUE(result) << result.error().to_string();
  return result.value_or(OptimizeResult{});
}

Status remove_rows(const std::shared_ptr<Storage>& storage, std::set<std::string> archives, const Rows& instead = {}) {
  VOXLAKE_ASSIGN(Table table, Table::open(storage, "t"));
  Commit commit(table);
  commit.remove_where("archive", std::move(archives));
  if (!instead.empty()) VOXLAKE_TRY(commit.append(*batch_of(instead)));
  VOXLAKE_TRY(commit.finish());
  return {};
}

TEST(Optimize, SmallFilesBecomeOneWithTheSameRowsInOrder) {
  auto storage = small_files(12);
  const Rows before = stored_rows(storage);
  const OptimizeResult result = optimized(storage);
  EXPECT_EQ(result.files_removed, 12);
  EXPECT_EQ(result.files_added, 1);
  EXPECT_EQ(result.version, 13);
  EXPECT_EQ(stored_rows(storage), before);
  EXPECT_EQ(Table::open(storage, "t")->files().size(), 1u);
}

TEST(Optimize, ASecondTimeThereIsNothingToDo) {
  auto storage = small_files(30);
  const int64_t file = Table::open(storage, "t")->files()[0].bytes;
  const OptimizeOptions options{.target_bytes = 5 * file};
  EXPECT_GT(optimized(storage, options).commits, 0);
  const OptimizeResult again = optimized(storage, options);
  EXPECT_EQ(again.version, optimized(storage, options).version);
}

TEST(Optimize, FilesOverHalfTheTargetStay) {
  auto storage = small_files(3);
  const int64_t file = Table::open(storage, "t")->files()[0].bytes;
  EXPECT_EQ(optimized(storage, {.target_bytes = 2 * file - 2}).commits, 0);
  EXPECT_EQ(optimized(storage, {.target_bytes = 2 * file}).files_removed, 2);
}

TEST(Optimize, ADryRunOnlyCounts) {
  auto storage = small_files(4);
  const OptimizeResult result = optimized(storage, {.dry_run = true});
  EXPECT_EQ(result.files_removed, 4);
  EXPECT_EQ(result.files_added, 1);
  EXPECT_EQ(Table::open(storage, "t")->version(), 4);
}

TEST(Optimize, ACommitIsMadeForEachPart) {
  auto storage = small_files(9);
  const int64_t file = Table::open(storage, "t")->files()[0].bytes;
  const Rows before = stored_rows(storage);
  EXPECT_EQ(optimized(storage, {.target_bytes = 3 * file, .commit_bytes = 1}).commits, 3);
  EXPECT_EQ(stored_rows(storage), before);
}

TEST(Optimize, SaysThatNoDataChanged) {
  auto storage = small_files(5);
  optimized(storage);
  const auto history = table_history(*storage, "t", 0);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->size(), 7u);
  EXPECT_EQ(history->front().info.operation, "OPTIMIZE");
  EXPECT_EQ(history->front().files_removed, 5);
  EXPECT_EQ(history->front().rows_added, 5);
  EXPECT_FALSE(history->front().changed_rows);
  EXPECT_TRUE((*history)[1].changed_rows);
  Table table = *Table::open(storage, "t");
  EXPECT_FALSE(*table.changed_since(5));
  EXPECT_TRUE(*table.changed_since(4));
  EXPECT_TRUE(*table.changed_since(7));
}

TEST(Optimize, OldRowsOfAnAddedColumnStayNull) {
  auto storage = small_files(2);
  auto wider = arrow::schema({arrow::field("archive", arrow::utf8(), false), arrow::field("extra", arrow::float32())});
  ASSERT_TRUE(Table::open_or_create(storage, "t", wider));
  optimized(storage);
  Table table = *Table::open(storage, "t");
  EXPECT_EQ(table.files().size(), 1u);
  EXPECT_EQ((*table.read({"extra"}))->column(0)->null_count(), 2);
}

TEST(Optimize, AReaderOfAnOlderVersionIsNotDisturbed) {
  auto storage = small_files(6);
  const Table stale = *Table::open(storage, "t");
  optimized(storage);
  EXPECT_EQ(rows_of(stale), stored_rows(storage));
  EXPECT_EQ(rows_of(*Table::open(storage, "t", 3)), (Rows{{"a0", 0}, {"a1", 1}, {"a2", 2}}));
}

TEST(OptimizeRace, AnAppendMeanwhileStays) {
  auto memory = small_files(4);
  auto storage = std::make_shared<FaultStorage>(memory);
  bool first = true;
  storage->before_put_if_absent([&](std::string_view) {
    if (!std::exchange(first, false)) return;
    Table other = *Table::open(memory, "t");
    ASSERT_TRUE(append(other, {{"late", 9}}));
  });
  EXPECT_EQ(optimized(storage).version, 6);
  EXPECT_EQ(sorted(stored_rows(memory)), (Rows{{"a0", 0}, {"a1", 1}, {"a2", 2}, {"a3", 3}, {"late", 9}}));
}

TEST(OptimizeRace, RowsThatWereRemovedMeanwhileDoNotComeBack) {
  auto memory = small_files(6);
  const int64_t file = Table::open(memory, "t")->files()[0].bytes;
  auto storage = std::make_shared<FaultStorage>(memory);
  bool first = true;
  storage->before_put_if_absent([&](std::string_view) {
    if (std::exchange(first, false)) {
      ASSERT_TRUE(remove_rows(memory, {"a1"}));
    }
  });
  const OptimizeResult result = optimized(storage, {.target_bytes = 3 * file});
  EXPECT_EQ(result.files_left_to_others, 3);
  EXPECT_EQ(result.files_removed, 3);
  EXPECT_EQ(sorted(stored_rows(memory)), (Rows{{"a0", 0}, {"a2", 2}, {"a3", 3}, {"a4", 4}, {"a5", 5}}));
}

TEST(OptimizeRace, AnUpsertThatLostToAnOptimizeFindsItsRowsInTheNewFile) {
  auto memory = small_files(5);
  auto storage = std::make_shared<FaultStorage>(memory);
  bool first = true;
  storage->before_put_if_absent([&](std::string_view) {
    if (std::exchange(first, false)) optimized(memory);
  });
  ASSERT_TRUE(remove_rows(storage, {"a1", "a3"}, {{"a1", 10}}));
  EXPECT_EQ(sorted(stored_rows(memory)), (Rows{{"a0", 0}, {"a1", 10}, {"a2", 2}, {"a4", 4}}));
}

TEST(OptimizeRace, TwoAtOnceDoTheWorkOnce) {
  auto memory = small_files(5);
  auto storage = std::make_shared<FaultStorage>(memory);
  bool first = true;
  storage->before_put_if_absent([&](std::string_view) {
    if (std::exchange(first, false)) optimized(memory);
  });
  const OptimizeResult result = optimized(storage);
  EXPECT_EQ(result.commits, 0);
  EXPECT_EQ(result.files_left_to_others, 5);
  EXPECT_EQ(stored_rows(memory).size(), 5u);
  EXPECT_EQ(Table::open(memory, "t")->files().size(), 1u);
}

TEST(OptimizeFaults, StoppedAnywhereTheTableHoldsTheSameRows) {
  auto start = small_files(19);  // the next commit brings a checkpoint
  const int64_t file = Table::open(start, "t")->files()[0].bytes;
  const Rows before = sorted(stored_rows(start));
  const OptimizeOptions options{.target_bytes = 5 * file, .commit_bytes = 2};
  int stopped = 0;
  for (Fault fault : {Fault::fail_before, Fault::fail_after, Fault::die_before, Fault::die_after}) {
    for (int call = 1;; ++call) {
      auto memory = start->copy();
      auto storage = std::make_shared<FaultStorage>(memory);
      storage->arm(fault, call);
      auto result = optimize(storage, "t", options);
      if (storage->calls() < call) break;
      stopped += result ? 0 : 1;
      EXPECT_EQ(sorted(stored_rows(memory)), before) << "fault " << static_cast<int>(fault) << " at call " << call;
      optimized(memory, options);
      EXPECT_EQ(sorted(stored_rows(memory)), before) << "again after fault " << static_cast<int>(fault) << " at call " << call;
      EXPECT_LE(Table::open(memory, "t")->files().size(), 5u);
    }
  }
  EXPECT_GT(stopped, 40);
}

TEST(Optimize, AnInterruptedRunSaysSo) {
  auto storage = small_files(3);
  const std::atomic<bool> stop = true;
  auto result = optimize(storage, "t", {.stop = &stop});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(Table::open(storage, "t")->version(), 3);
}

TEST(Optimize, AnAbsentTableIsNotFound) {
  EXPECT_EQ(optimize(std::make_shared<MemoryStorage>(), "t", {.target_bytes = whole}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace voxlake::lake
