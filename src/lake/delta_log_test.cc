#include "lake/delta_log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "lake/commit_identity.h"
#include "lake/delta_actions.h"
#include "lake/fault_storage.h"
#include "lake/memory_storage.h"
#include "lake/table_properties.h"
#include "lake/table_test_support.h"
#include "lake/time_text.h"

namespace voxlake::lake {
namespace {

std::shared_ptr<MemoryStorage> table_of(int commits) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < commits; ++i) EXPECT_TRUE(append(table, {{"a", i}}));
  return storage;
}

TEST(LogCleaning, KeepsTheNewestCheckpointAndEveryCommitFromItOn) {
  auto storage = table_of(50);  // checkpoints at 20 and 40
  const Rows rows = stored_rows(storage);
  EXPECT_EQ(*delta::clean_log(*storage, "t", 0, log_time_ms() + 1000), 41);
  const auto listing = *delta::list_log(*storage, "t");
  EXPECT_EQ(listing.commits.front().version, 40);
  EXPECT_EQ(listing.commits.back().version, 50);
  EXPECT_EQ(listing.oldest_version(), 40);
  EXPECT_EQ(stored_rows(storage), rows);
  for (int64_t version = 40; version <= 50; ++version) EXPECT_EQ(Table::open(storage, "t", version)->rows(), version);
  EXPECT_EQ(*delta::clean_log(*storage, "t", 0, log_time_ms() + 1000), 0);
}

TEST(LogCleaning, AVersionThatIsGoneIsNotFoundAndSaysWhichIsTheOldest) {
  auto storage = table_of(25);
  ASSERT_TRUE(delta::clean_log(*storage, "t", 0, log_time_ms() + 1000));
  auto old = Table::open(storage, "t", 7);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::not_found);
  EXPECT_NE(old.error().remedy.find("the oldest that it keeps is 20"), std::string::npos) << old.error().to_string();
}

TEST(LogCleaning, WhatIsYoungerThanTheRetentionCanStillBeOpened) {
  auto storage = table_of(25);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int64_t mark = log_time_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  Table table = *Table::open(storage, "t");
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(append(table, {{"b", i}}));
  // At `mark` version 25 was the newest: it and all after it stay, which takes the checkpoint of 20.
  EXPECT_EQ(*delta::clean_log(*storage, "t", 1000, mark + 1000), 20);
  EXPECT_EQ(Table::open(storage, "t", 25)->rows(), 25);
  EXPECT_EQ(Table::open_at(storage, "t", mark)->version(), 25);
  EXPECT_FALSE(Table::open(storage, "t", 19));
}

TEST(LogCleaning, NothingIsRemovedWithoutACheckpoint) {
  auto storage = table_of(15);
  EXPECT_EQ(*delta::clean_log(*storage, "t", 0, log_time_ms() + 1000), 0);
}

TEST(LogCleaning, StoppedAnywhereTheTableIsWhole) {
  auto start = table_of(45);
  const Rows rows = stored_rows(start);
  for (Fault fault : {Fault::die_before, Fault::die_after}) {
    for (int call = 1; call <= 45; call += 3) {
      auto memory = start->copy();
      auto storage = std::make_shared<FaultStorage>(memory);
      storage->arm(fault, call);
      (void)delta::clean_log(*storage, "t", 0, log_time_ms() + 1000);
      EXPECT_EQ(stored_rows(memory), rows);
      ASSERT_TRUE(memory->remove("t/_delta_log/_last_checkpoint"));
      EXPECT_EQ(stored_rows(memory), rows);
    }
  }
}

TEST(LogCleaning, ACommitCleansUpWhenTheTableSaysHowLongToKeep) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < 45; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    Commit commit(table, {.retention = {.log_ms = 0}});
    ASSERT_TRUE(commit.append(*batch_of({{"a", i}})));
    ASSERT_TRUE(commit.finish());
  }
  EXPECT_EQ(delta::list_log(*storage, "t")->oldest_version(), 40);
  EXPECT_EQ(stored_rows(storage).size(), 45u);
}

TEST(OpenAt, FindsTheVersionThatWasTheNewestThen) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  std::vector<int64_t> times;
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    times.push_back(log_time_ms());
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    ASSERT_TRUE(append(table, {{"a", i}}));
  }
  for (size_t i = 0; i < times.size(); ++i) EXPECT_EQ(Table::open_at(storage, "t", times[i])->version(), static_cast<int64_t>(i));
  EXPECT_EQ(Table::open_at(storage, "t", log_time_ms() + 100'000)->version(), 6);
  const auto listing = *delta::list_log(*storage, "t");
  for (const auto& commit : listing.commits) EXPECT_EQ(Table::open_at(storage, "t", commit.time_ms)->version(), commit.version);
  auto early = Table::open_at(storage, "t", times[0] - 1'000'000);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, ErrorKind::not_found);
  EXPECT_EQ(Table::open_at(storage, "none", times[0]).error().kind, ErrorKind::not_found);
}

TEST(TimeText, IsReadInItsUsualFormsAndWrittenInOne) {
  const int64_t whole_day = *parse_time_ms("2026-11-22");
  EXPECT_EQ(format_time_ms(whole_day), "2026-11-22T00:00:00.000Z");
  EXPECT_EQ(*parse_time_ms("2026-11-22T10:30"), whole_day + 37'800'000);
  EXPECT_EQ(*parse_time_ms("2026-11-22 10:30:01.25"), whole_day + 37'801'250);
  EXPECT_EQ(*parse_time_ms("2026-11-22T10:30:00+01:00"), whole_day + 34'200'000);
  EXPECT_EQ(*parse_time_ms("2026-11-22T10:30:00-0530"), whole_day + 57'600'000);
  EXPECT_EQ(*parse_time_ms("1969-12-31T23:59:59.999Z"), -1);
  const std::string text = "2008-02-29T23:59:59.007Z";
  EXPECT_EQ(format_time_ms(*parse_time_ms(text)), text);
  for (const char* wrong : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-22T", "2026-11-22T10", "2026-11-22T25:00", "2026-11-22x",
                            "2026-11-22T10:00:00.", "2026-11-22T10:00Zz", "26-11-22"}) {
    EXPECT_EQ(parse_time_ms(wrong).error().kind, ErrorKind::invalid_argument) << wrong;
  }
}

TEST(TableProperties, IntervalsAreReadAsDeltaWritesThem) {
  EXPECT_EQ(parse_interval_ms("interval 30 days"), int64_t{30} * 86'400'000);
  EXPECT_EQ(parse_interval_ms("INTERVAL 1 WEEK 12 hours"), int64_t{180} * 3'600'000);
  EXPECT_EQ(parse_interval_ms("168 hours"), int64_t{168} * 3'600'000);
  EXPECT_EQ(parse_interval_ms("interval 0 days"), 0);
  for (const char* wrong : {"", "interval", "30", "interval days", "interval 3 fortnights", "interval -1 days"}) {
    EXPECT_EQ(parse_interval_ms(wrong), std::nullopt) << wrong;
  }
  const Retention retention = retention_of({{"delta.logRetentionDuration", "interval 2 days"}, {"delta.deletedFileRetentionDuration", "?"}},
                                           {.log_ms = 1, .file_ms = 2});
  EXPECT_EQ(retention.log_ms, int64_t{2} * 86'400'000);
  EXPECT_EQ(retention.file_ms, 2);
}

/// The message that refuses a table of this protocol and these properties.
std::string refusal(const std::string& protocol, const std::string& configuration, bool write = false,
                    const std::string& partitions = "[]") {
  auto storage = std::make_shared<MemoryStorage>();
  const std::string schema = R"({\"type\":\"struct\",\"fields\":[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]})";
  EXPECT_TRUE(storage->put("t/_delta_log/00000000000000000000.json",
                           "{\"protocol\":" + protocol +
                               "}\n{\"metaData\":{\"id\":\"1\",\"format\":{\"provider\":\"parquet\"},\"schemaString\":\"" + schema +
                               "\",\"partitionColumns\":" + partitions + ",\"configuration\":" + configuration + "}}\n"));
  auto table = Table::open(storage, "t");
  if (!write) {
    EXPECT_FALSE(table);
    return table ? "" : table.error().to_string();
  }
  EXPECT_TRUE(table) << table.error().to_string();
  Commit commit(*table);
  commit.set_transaction("app", 1);
  auto finished = commit.finish();
  EXPECT_FALSE(finished);
  return finished ? "" : finished.error().to_string();
}

TEST(Refusal, NamesWhatATableAsksForThatWeDoNotRead) {
  const auto has = [](const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; };
  std::string text = refusal(R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors","v2Checkpoint"],)"
                             R"("writerFeatures":["deletionVectors","rowTracking"]})",
                             "{}");
  EXPECT_TRUE(has(text, "cannot read the table t: it asks for Delta reader version 3 with deletionVectors, v2Checkpoint, rowTracking"))
      << text;
  text = refusal(R"({"minReaderVersion":2,"minWriterVersion":5})", R"({"delta.columnMapping.mode":"name"})");
  EXPECT_TRUE(has(text, "its columns are mapped by name (Delta's column mapping)")) << text;
  text = refusal(R"({"minReaderVersion":2,"minWriterVersion":5})", "{}");
  EXPECT_TRUE(has(text, "reader version 2 (column mapping)")) << text;
  text = refusal(R"({"minReaderVersion":4,"minWriterVersion":9})", "{}");
  EXPECT_TRUE(has(text, "reader version 4")) << text;
  text = refusal(R"({"minReaderVersion":1,"minWriterVersion":2})", "{}", false, R"(["x"])");
  EXPECT_TRUE(has(text, "partitioned by x")) << text;
}

TEST(Refusal, NamesWhatATableAsksForThatWeDoNotWrite) {
  const auto has = [](const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; };
  std::string text = refusal(R"({"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["changeDataFeed","appendOnly"]})", "{}", true);
  EXPECT_TRUE(has(text, "cannot write the table t: it asks for Delta writer version 7 with changeDataFeed, appendOnly")) << text;
  text = refusal(R"({"minReaderVersion":1,"minWriterVersion":3})", "{}", true);
  EXPECT_TRUE(has(text, "writer version 3 (CHECK constraints)")) << text;
}

TEST(Refusal, AFileWithADeletionVectorIsNamedSo) {
  auto storage = table_of(1);
  ASSERT_TRUE(storage->put("t/_delta_log/00000000000000000002.json",
                           R"({"add":{"path":"x.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true,
                              "deletionVector":{"storageType":"u","pathOrInlineDv":"ab","sizeInBytes":1,"cardinality":1}}})"));
  auto log = *storage->read("t/_delta_log/00000000000000000002.json");
  std::erase(log, '\n');
  ASSERT_TRUE(storage->put("t/_delta_log/00000000000000000002.json", log));
  auto table = Table::open(storage, "t");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::unsupported);
  EXPECT_NE(table.error().message.find("deletion vector"), std::string::npos);
}

}  // namespace
}  // namespace voxlake::lake
