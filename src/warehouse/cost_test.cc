#include "warehouse/cost.h"

#include <gtest/gtest.h>

#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "lake/table.h"
#include "warehouse/scan_filter.h"

namespace voxlake::warehouse {
namespace {

using Value = lake::ParquetExtent::Value;

lake::ParquetExtent::RowGroup group() {
  lake::ParquetExtent::RowGroup made;
  made.columns["n"] = {100, Value(int64_t{10}), Value(int64_t{20})};
  made.columns["name"] = {100, Value(std::string("bob")), Value(std::string("dora"))};
  made.columns["x"] = {100, Value(1.5), Value(2.5)};
  made.columns["unknown"] = {100, std::nullopt, std::nullopt};
  return made;
}

bool passes(const std::string& filter) {
  return ScanFilter({filter}, {"n", "name", "x", "unknown"}).may_pass(group());
}

TEST(ScanFilter, LeavesOutRowGroupsThatCannotHoldAMatch) {
  for (const char* filter :
       {"n=9", "n>20", "n<10", "n>=21", "n<=9", "name='anna'", "name>'dora'", "x>2.5", "x<1", "n>5 AND n<10", "name='it''s' AND n=15",
        "unknown=3 AND n=1", "optional: n IN (5, 30)", "optional: name IN ('a,b', 'z')", "n=5 OR n=25", "optional: n<5 OR name='z'"}) {
    EXPECT_FALSE(passes(filter)) << filter;
  }
}

TEST(ScanFilter, KeepsWhatMayMatchOrIsNotUnderstood) {
  for (const char* filter : {"n=10",
                             "n>19",
                             "n>=20",
                             "n<11",
                             "name='carl'",
                             "x>2",
                             "unknown=1",
                             "(n=9 OR n=15)",
                             "(upper(name) = 'X')",
                             "n IS NOT NULL",
                             "n=n",
                             "name=5",
                             "n='text'",
                             "",
                             "n!=3",
                             "(n=9) OR x>100",
                             "n IN (5, 15)",
                             "n IN (5, x)",
                             "n=5 OR upper(name)='X'",
                             "n>20 AND n<30 OR n>10 AND n<12",
                             "n=9 OR n=15 AND x>2"}) {
    EXPECT_TRUE(passes(filter)) << filter;
  }
  EXPECT_TRUE(passes("name<'z AND n=1'"));
}

TEST(ScanFilter, ComparesLargeNumbersExactly) {
  lake::ParquetExtent::RowGroup large;
  large.columns["n"] = {100, Value(int64_t{9007199254740992}), Value(int64_t{9007199254740993})};
  const auto passes_large = [&](const std::string& filter) { return ScanFilter({filter}, {"n"}).may_pass(large); };
  EXPECT_TRUE(passes_large("n=9007199254740993"));
  EXPECT_TRUE(passes_large("n>9007199254740992"));
  EXPECT_FALSE(passes_large("n>9007199254740993"));
  EXPECT_FALSE(passes_large("n<9007199254740992"));
  EXPECT_TRUE(passes_large("n>9007199254740993.0"));
}

TEST(ScanFilter, TellsItsColumns) {
  const ScanFilter filter({"n>1 AND (upper(name) = 'x')", "(\"odd \"\"name\" IS NOT NULL)"}, {"n", "name", "x", "odd \"name"});
  EXPECT_EQ(filter.columns(), (std::set<std::string>{"n", "name", "odd \"name"}));
}

/// A lake with two commits of clips, seconds 0 to 99 and 100 to 199.
std::shared_ptr<lake::Storage> lake_of_clips() {
  auto storage = std::make_shared<lake::MemoryStorage>();
  auto table = lake::Table::open_or_create(storage, lake::utterances_path, lake::utterances_schema());
  for (int part = 0; part < 2; ++part) {
    std::vector<lake::UtteranceRow> rows(100);
    for (int i = 0; i < 100; ++i) {
      auto& row = rows[static_cast<size_t>(i)];
      row.utterance_id = std::to_string(part) + "/" + std::to_string(i);
      row.speaker = "s" + std::to_string(i % 7);
      row.seconds = part * 100 + i;
      row.signal.assign(200, static_cast<float>(i));
    }
    lake::Commit commit(*table);
    EXPECT_TRUE(commit.append(**lake::to_batch(std::span<const lake::UtteranceRow>(rows))));
    EXPECT_TRUE(commit.finish());
  }
  return storage;
}

QueryCost cost_of(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const SqlOptions& options = {}) {
  auto cost = query_cost(storage, sql, options);
  EXPECT_TRUE(cost) << cost.error().to_string();
  return cost.value_or(QueryCost{});
}

/// What the footers say of a column, added up by hand.
int64_t stored_bytes(const std::shared_ptr<lake::Storage>& storage, const std::string& column, size_t file) {
  auto table = lake::Table::open(storage, lake::utterances_path);
  const auto& data = table->files()[file];
  const auto extent = lake::parquet_extent(storage, table->path() + "/" + data.path, data.bytes);
  return extent->row_groups.at(0).columns.at(column).bytes;
}

TEST(QueryCost, CountsTheColumnsThatAreReadAndTheFooters) {
  auto storage = lake_of_clips();
  const QueryCost cost = cost_of(storage, "SELECT speaker, sum(seconds) FROM utterances GROUP BY speaker");
  ASSERT_EQ(cost.scans.size(), 1u);
  const ScanCost& scan = cost.scans[0];
  EXPECT_EQ(scan.table, "silver/utterances");
  EXPECT_EQ(scan.columns, (std::vector<std::string>{"seconds", "speaker"}));
  EXPECT_EQ(scan.files, 2);
  EXPECT_EQ(scan.row_groups_read, 2);
  int64_t expected = 0;
  for (size_t file : {0, 1}) expected += stored_bytes(storage, "speaker", file) + stored_bytes(storage, "seconds", file);
  EXPECT_EQ(scan.column_bytes, expected);
  EXPECT_GT(scan.footer_bytes, 0);
  EXPECT_EQ(cost.bytes(), expected + scan.footer_bytes);
}

TEST(QueryCost, LeavesOutRowGroupsThatTheStatisticsRuleOutAndCountsTheFilter) {
  auto storage = lake_of_clips();
  const QueryCost cost = cost_of(storage, "SELECT signal FROM utterances WHERE seconds > 150");
  ASSERT_EQ(cost.scans.size(), 1u);
  EXPECT_EQ(cost.scans[0].row_groups, 2);
  EXPECT_EQ(cost.scans[0].row_groups_read, 1);
  EXPECT_EQ(cost.scans[0].column_bytes, stored_bytes(storage, "signal", 1) + stored_bytes(storage, "seconds", 1));
  SqlOptions options;
  options.parameters["least"] = "150";
  const QueryCost given = cost_of(storage, "SELECT signal FROM utterances WHERE seconds > $least", options);
  EXPECT_EQ(given.bytes(), cost.bytes());
}

TEST(QueryCost, ACountReadsFootersOnlyAndAJoinReadsBothSides) {
  auto storage = lake_of_clips();
  EXPECT_EQ(cost_of(storage, "SELECT count(*) FROM utterances").scans.at(0).column_bytes, 0);
  EXPECT_EQ(cost_of(storage, "SELECT a.seconds FROM utterances a JOIN utterances b ON a.speaker = b.speaker").scans.size(), 2u);
  EXPECT_EQ(cost_of(storage, "SELECT 1").scans.size(), 0u);
}

TEST(QueryCost, EverythingIsTheSumOfAllColumns) {
  auto storage = lake_of_clips();
  const QueryCost cost = cost_of(storage, "SELECT * FROM utterances");
  EXPECT_EQ(cost.scans.at(0).columns.size(), 25u);
  auto table = lake::Table::open(storage, lake::utterances_path);
  int64_t files = 0;
  for (const auto& file : table->files()) files += file.bytes;
  EXPECT_LE(cost.bytes(), files);
  EXPECT_GT(cost.bytes(), files * 9 / 10);
}

TEST(QueryCost, IsBilledByTheMegabyteFromTenOn) {
  QueryCost cost;
  EXPECT_EQ(cost.billed_bytes(), 10'000'000);
  cost.scans.push_back({"t", {}, 1, 1, 1, 12'000'001, 0});
  EXPECT_EQ(cost.billed_bytes(), 13'000'000);
  cost.scans[0].column_bytes = 2'000'000'000'000;
  EXPECT_DOUBLE_EQ(cost.price(5), 10.0);
}

TEST(QueryCost, WrongSqlIsRefused) {
  auto storage = lake_of_clips();
  EXPECT_EQ(query_cost(storage, "SELECT nothing FROM utterances", {}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(query_cost(storage, "DROP VIEW utterances", {}).error().kind, ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace voxlake::warehouse
