#include "lake/table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "lake/fault_storage.h"
#include "lake/local_storage.h"
#include "lake/memory_storage.h"
#include "lake/scratch_folder.h"
#include "lake/table_test_support.h"

namespace voxlake::lake {
namespace {

TEST(Table, AnAbsentTableIsNotFound) {
  EXPECT_EQ(Table::open(std::make_shared<MemoryStorage>(), "t").error().kind, ErrorKind::not_found);
}

TEST(Table, AppendedRowsAreReadInOrderAndByOthers) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  EXPECT_EQ(table.version(), 0);
  EXPECT_EQ(*append(table, {{"b", 2}, {"a", 1}}), 1);
  EXPECT_EQ(*append(table, {{"c", 3}}), 2);
  EXPECT_EQ(rows_of(table), (Rows{{"b", 2}, {"a", 1}, {"c", 3}}));
  EXPECT_EQ(stored_rows(storage), rows_of(table));
  EXPECT_EQ(table.rows(), 3);
  EXPECT_EQ(table.files().size(), 2u);
}

TEST(Table, ACommitThatIsDroppedChangesNothing) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  {
    Commit commit(table, {.target_file_bytes = 1, .target_row_group_bytes = 1});
    ASSERT_TRUE(commit.append(*batch_of({{"a", 1}, {"b", 2}})));
    EXPECT_EQ(commit.rows(), 2);
  }
  EXPECT_TRUE(stored_rows(storage).empty());
  EXPECT_EQ(Table::open(storage, "t")->version(), 0);
}

TEST(Table, NothingToCommitMakesNoVersion) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  EXPECT_EQ(*Commit(table).finish(), 0);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  Commit commit(table);
  commit.remove_where("archive", {"z"});
  EXPECT_EQ(*commit.finish(), 1);
}

TEST(Table, EarlierVersionsCanBeOpened) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < 45; ++i) ASSERT_TRUE(append(table, {{"a", i}}));
  for (int64_t version : {0, 1, 19, 20, 21, 40, 44, 45}) {
    auto then = Table::open(storage, "t", version);
    ASSERT_TRUE(then) << then.error().to_string();
    EXPECT_EQ(then->rows(), version);
  }
  EXPECT_EQ(Table::open(storage, "t", 46).error().kind, ErrorKind::not_found);
}

TEST(Table, RemoveWhereRewritesOnlyFilesWithSuchRows) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}, {"b", 2}, {"c", 3}}));
  ASSERT_TRUE(append(table, {{"d", 4}}));
  ASSERT_TRUE(append(table, {{"b", 5}}));
  std::string untouched = table.files()[1].path;
  Commit commit(table);
  commit.remove_where("archive", {"b", "nobody"});
  ASSERT_TRUE(commit.append(*batch_of({{"b", 6}})));
  ASSERT_TRUE(commit.finish());
  EXPECT_EQ(sorted(rows_of(table)), (Rows{{"a", 1}, {"b", 6}, {"c", 3}, {"d", 4}}));
  EXPECT_EQ(table.files().size(), 3u);
  EXPECT_EQ(table.files()[0].path, untouched);
  EXPECT_EQ(stored_rows(storage), rows_of(table));
}

TEST(Table, RemoveAllLeavesWhatTheCommitAppends) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}, {"b", 2}}));
  Commit commit(table);
  commit.remove_all();
  ASSERT_TRUE(commit.append(*batch_of({{"c", 3}})));
  ASSERT_TRUE(commit.finish());
  EXPECT_EQ(stored_rows(storage), (Rows{{"c", 3}}));
}

TEST(Table, ReplaceAllGivesOtherColumns) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  auto schema = arrow::schema({arrow::field("x", arrow::float32(), false)});
  arrow::FloatBuilder values;
  ASSERT_TRUE(values.AppendValues({1.5f, 2.5f}).ok());
  Commit commit(table);
  ASSERT_TRUE(commit.replace_all(schema));
  ASSERT_TRUE(commit.append(*arrow::RecordBatch::Make(schema, 2, {*values.Finish()})));
  ASSERT_TRUE(commit.finish());
  auto again = Table::open(storage, "t");
  EXPECT_TRUE(again->schema()->Equals(*schema));
  EXPECT_EQ((*again->read())->num_rows(), 2);
}

TEST(Table, ATransactionIsCommittedOnce) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  Table stale = table;
  for (Table* each : {&table, &table, &stale}) {
    Commit commit(*each);
    commit.set_transaction("decode", 7);
    ASSERT_TRUE(commit.append(*batch_of({{"a", 1}})));
    EXPECT_EQ(*commit.finish(), 1);
  }
  EXPECT_EQ(stored_rows(storage), (Rows{{"a", 1}}));
  EXPECT_EQ(stale.transaction("decode"), 7);
  EXPECT_EQ(stale.transaction("features"), std::nullopt);
  Commit later(table);
  later.set_transaction("decode", 8);
  EXPECT_EQ(*later.finish(), 2);
  EXPECT_EQ(Table::open(storage, "t")->transaction("decode"), 8);
}

TEST(Table, TransactionsAndTombstonesOutliveCheckpoints) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < 70; ++i) {
    Commit commit(table);
    commit.set_transaction("app " + std::to_string(i % 3), i);
    if (i % 5 == 4) commit.remove_where("archive", {std::to_string(i - 1)});
    ASSERT_TRUE(commit.append(*batch_of({{std::to_string(i), i}})));
    ASSERT_TRUE(commit.finish());
  }
  auto hint = storage->read("t/_delta_log/_last_checkpoint");
  ASSERT_TRUE(hint);
  EXPECT_EQ(nlohmann::json::parse(*hint)["version"], 60);
  auto opened = Table::open(storage, "t");
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_EQ(rows_of(*opened), rows_of(table));
  EXPECT_EQ(opened->rows(), 70 - 14);
  EXPECT_EQ(opened->transaction("app 0"), 69);
  EXPECT_EQ(opened->transaction("app 1"), 67);
  // Without the commits that the checkpoint covers, and without the hint, it is the same table.
  const auto log = *storage->list("t/_delta_log");
  for (const FileInfo& file : log) {
    if (file.path < "t/_delta_log/00000000000000000060.") {
      ASSERT_TRUE(storage->remove(file.path));
    }
  }
  EXPECT_EQ(stored_rows(storage), rows_of(table));
  ASSERT_TRUE(storage->remove("t/_delta_log/_last_checkpoint"));
  EXPECT_EQ(stored_rows(storage), rows_of(table));
}

TEST(Table, AHintAtACheckpointThatIsGoneDoesNoHarm) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  for (const char* hint : {"{\"version\":1,\"size\":3}", "not json", "{\"version\":\"x\"}", "{}"}) {
    ASSERT_TRUE(storage->put("t/_delta_log/_last_checkpoint", hint));
    EXPECT_EQ(stored_rows(storage), (Rows{{"a", 1}}));
  }
}

TEST(Table, RefreshSeesWhatOthersCommitted) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  Table other = table;
  ASSERT_TRUE(append(other, {{"a", 1}}));
  EXPECT_EQ(table.rows(), 0);
  ASSERT_TRUE(table.refresh());
  EXPECT_EQ(table.version(), 1);
  EXPECT_EQ(rows_of(table), (Rows{{"a", 1}}));
  ASSERT_TRUE(table.refresh());
  EXPECT_EQ(table.version(), 1);
}

TEST(Table, MissingColumnsAreAddedAndReadAsNull) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  auto wider = arrow::schema({arrow::field("archive", arrow::utf8(), false), arrow::field("extra", arrow::float32(), false)});
  auto widened = Table::open_or_create(storage, "t", wider);
  ASSERT_TRUE(widened);
  EXPECT_EQ(widened->version(), 2);
  EXPECT_EQ(widened->schema()->field_names(), (std::vector<std::string>{"archive", "number", "extra"}));
  EXPECT_TRUE(widened->schema()->field(2)->nullable());
  auto rows = widened->read({"extra", "archive"});
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ((*rows)->column(0)->null_count(), 1);
  // A writer that began before goes on: its rows have no such column.
  ASSERT_TRUE(append(table, {{"b", 2}}));
  EXPECT_EQ(sorted(stored_rows(storage)), (Rows{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(Table::open_or_create(storage, "t", wider)->version(), 3);
}

TEST(Table, AColumnOfAnotherTypeIsAConflict) {
  auto storage = std::make_shared<MemoryStorage>();
  make_table(storage);
  auto other = arrow::schema({arrow::field("number", arrow::float64())});
  auto table = Table::open_or_create(storage, "t", other);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::conflict);
  EXPECT_NE(table.error().message.find("keeps number as long, not as double"), std::string::npos) << table.error().message;
}

TEST(Table, RowsThatDoNotFitAreRefused) {
  Table table = make_table(std::make_shared<MemoryStorage>());
  auto refuse = [&](const arrow::FieldVector& fields, const arrow::ArrayVector& arrays) {
    Commit commit(table);
    Status status = commit.append(*arrow::RecordBatch::Make(arrow::schema(fields), arrays[0]->length(), arrays));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_argument);
  };
  arrow::StringBuilder texts;
  ASSERT_TRUE(texts.AppendNull().ok());
  auto null_text = *texts.Finish();
  refuse({arrow::field("archive", arrow::utf8())}, {null_text});
  refuse({arrow::field("unknown", arrow::utf8())}, {null_text});
  refuse({arrow::field("number", arrow::utf8())}, {null_text});
  arrow::Int64Builder numbers;
  ASSERT_TRUE(numbers.Append(1).ok());
  refuse({arrow::field("number", arrow::int64())}, {*numbers.Finish()});
}

TEST(Table, TheSameRowsGiveTheSameFilesHoweverTheyAreBatched) {
  Rows rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back("archive " + std::to_string(i / 7), i * i);
  std::vector<FileInfo> first;
  for (size_t step : {1000u, 1u, 13u}) {
    auto storage = std::make_shared<MemoryStorage>();
    Table table = make_table(storage);
    Commit commit(table, {.target_file_bytes = 8000, .target_row_group_bytes = 2000});
    for (size_t start = 0; start < rows.size(); start += step) {
      ASSERT_TRUE(commit.append(
          *batch_of(Rows(rows.begin() + static_cast<long>(start), rows.begin() + static_cast<long>(std::min(start + step, rows.size()))))));
    }
    ASSERT_TRUE(commit.finish());
    EXPECT_EQ(rows_of(table), rows);
    EXPECT_GT(table.files().size(), 2u);
    std::vector<FileInfo> files;
    const auto stored = *storage->list("t");
    for (const FileInfo& file : stored) {
      if (file.path.ends_with(".parquet")) files.push_back(file);
    }
    if (first.empty()) first = files;
    ASSERT_EQ(files.size(), first.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(files[i].path, first[i].path);  // the name holds a hash of the bytes
      EXPECT_EQ(files[i].bytes, first[i].bytes);
    }
  }
}

TEST(Table, FilesCarryStatistics) {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  ASSERT_TRUE(append(table, {{"b", 2}, {"a", -7}, {"\xc3\xa9", 5}}));
  std::string log = *storage->read("t/_delta_log/00000000000000000001.json");
  for (size_t start = 0; start < log.size(); start = log.find('\n', start) + 1) {
    auto line = nlohmann::json::parse(log.substr(start, log.find('\n', start) - start));
    if (!line.contains("add")) continue;
    auto stats = nlohmann::json::parse(line["add"]["stats"].get<std::string>());
    EXPECT_EQ(stats,
              nlohmann::json::parse(R"({"numRecords":3,"minValues":{"archive":"a","number":-7},"maxValues":{"archive":"é","number":5},
                                               "nullCount":{"archive":0,"number":0}})"));
    return;
  }
  FAIL() << "no add in " << log;
}

TEST(TableRace, AppendsOfTwoWritersBothSurvive) {
  auto storage = std::make_shared<MemoryStorage>();
  Table one = make_table(storage);
  Table two = one;
  ASSERT_TRUE(append(one, {{"a", 1}}));
  EXPECT_EQ(*append(two, {{"b", 2}}), 2);
  EXPECT_EQ(stored_rows(storage), (Rows{{"a", 1}, {"b", 2}}));
}

TEST(TableRace, TheSameRowsAppendedByTwoWritersAreThereTwice) {
  auto storage = std::make_shared<MemoryStorage>();
  Table one = make_table(storage);
  Table two = one;
  ASSERT_TRUE(append(one, {{"a", 1}}));
  ASSERT_TRUE(append(two, {{"a", 1}}));
  EXPECT_EQ(stored_rows(storage), (Rows{{"a", 1}, {"a", 1}}));
  EXPECT_EQ(two.files().size(), 2u);
}

TEST(TableRace, ALostUpsertIsWorkedOutAnew) {
  auto storage = std::make_shared<MemoryStorage>();
  Table one = make_table(storage);
  ASSERT_TRUE(append(one, {{"a", 1}, {"b", 1}}));
  ASSERT_TRUE(append(one, {{"c", 1}}));
  Table two = one;
  for (Table* table : {&one, &two}) {
    Commit commit(*table);
    commit.remove_where("archive", {"a"});
    ASSERT_TRUE(commit.append(*batch_of({{"a", table == &one ? 10 : 20}})));
    ASSERT_TRUE(commit.finish());
  }
  EXPECT_EQ(sorted(stored_rows(storage)), (Rows{{"a", 20}, {"b", 1}, {"c", 1}}));
}

TEST(TableRace, AnAppendBesideAnOverwriteIsOverwrittenOrSurvivesWhole) {
  auto storage = std::make_shared<MemoryStorage>();
  Table one = make_table(storage);
  ASSERT_TRUE(append(one, {{"old", 1}}));
  Table two = one;
  ASSERT_TRUE(append(one, {{"new", 2}}));
  Commit commit(two);
  commit.remove_all();
  ASSERT_TRUE(commit.append(*batch_of({{"only", 3}})));
  ASSERT_TRUE(commit.finish());
  EXPECT_EQ(stored_rows(storage), (Rows{{"only", 3}}));
}

TEST(TableRace, AWriterWhoseColumnsWereTakenAwayFails) {
  auto storage = std::make_shared<MemoryStorage>();
  Table one = make_table(storage);
  Table two = one;
  Commit commit(one);
  ASSERT_TRUE(commit.replace_all(arrow::schema({arrow::field("x", arrow::utf8())})));
  ASSERT_TRUE(commit.finish());
  auto late = append(two, {{"a", 1}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
}

TEST(TableRace, FourThreadsLoseAndDuplicateNothing) {
  ScratchFolder scratch;
  std::shared_ptr<Storage> storage = *open_storage(scratch.path());
  make_table(storage);
  constexpr int writers = 4, commits = 30;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      auto table = Table::open(storage, "t");
      ASSERT_TRUE(table);
      for (int i = 0; i < commits; ++i) {
        auto version = append(*table, {{std::to_string(writer), i}});
        ASSERT_TRUE(version) << version.error().to_string();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  Rows expected;
  for (int writer = 0; writer < writers; ++writer) {
    for (int i = 0; i < commits; ++i) expected.emplace_back(std::to_string(writer), i);
  }
  EXPECT_EQ(sorted(stored_rows(storage)), expected);
  EXPECT_EQ(Table::open(storage, "t")->version(), writers * commits);
}

/// One commit that does everything: rewrites, removes, appends several files, a transaction, and (being the 20th) a checkpoint.
Status busy_commit(const std::shared_ptr<Storage>& storage) {
  VOXLAKE_ASSIGN(Table table, Table::open(storage, "t"));
  Commit commit(table, {.target_file_bytes = 1, .target_row_group_bytes = 1});
  commit.remove_where("archive", {"a", "7"});
  commit.set_transaction("app", 1);
  VOXLAKE_TRY(commit.append(*batch_of({{"a", 100}, {"z", 101}})));
  VOXLAKE_TRY(commit.finish());
  return {};
}

TEST(TableFaults, AWriterStoppedAnywhereLeavesTheTableAsBeforeOrAfter) {
  auto start = std::make_shared<MemoryStorage>();
  Table table = make_table(start);
  for (int i = 0; i < 19; ++i) ASSERT_TRUE(append(table, {{"a", i}, {std::to_string(i), i}}));
  const Rows before = stored_rows(start);
  auto undisturbed = start->copy();
  ASSERT_TRUE(busy_commit(undisturbed));
  const Rows after = stored_rows(undisturbed);
  ASSERT_NE(before, after);

  int as_before = 0, as_after = 0;
  for (Fault fault : {Fault::fail_before, Fault::fail_after, Fault::die_before, Fault::die_after}) {
    for (int call = 1;; ++call) {
      auto memory = start->copy();
      auto storage = std::make_shared<FaultStorage>(memory);
      storage->arm(fault, call);
      Status status = busy_commit(storage);
      if (storage->calls() < call) break;
      Rows now = stored_rows(memory);
      EXPECT_TRUE(now == before || now == after) << "fault " << static_cast<int>(fault) << " at call " << call;
      if (status) {
        EXPECT_EQ(now, after);
      }
      (now == before ? as_before : as_after) += 1;
      // Whatever happened, the same commit made again ends in the same rows: nothing twice, nothing missing.
      Status again = busy_commit(memory);
      ASSERT_TRUE(again) << again.error().to_string();
      EXPECT_EQ(stored_rows(memory), after) << "fault " << static_cast<int>(fault) << " at call " << call;
    }
  }
  EXPECT_GT(as_before, 20);
  EXPECT_GE(as_after, 4);
}

TEST(TableFaults, ALostAnswerToTheCommitIsNoFailure) {
  auto memory = std::make_shared<MemoryStorage>();
  Table table = make_table(memory);
  auto storage = std::make_shared<FaultStorage>(memory);
  auto opened = Table::open(storage, "t");
  storage->arm(Fault::fail_after, 4);  // create, write, close of the data file, then the log entry
  EXPECT_EQ(*append(*opened, {{"a", 1}}), 1);
  EXPECT_EQ(stored_rows(memory), (Rows{{"a", 1}}));
}

TEST(TableFaults, AWriterThatSlipsInJustBeforeTheCommitLosesNothing) {
  auto memory = std::make_shared<MemoryStorage>();
  make_table(memory);
  auto storage = std::make_shared<FaultStorage>(memory);
  auto table = Table::open(storage, "t");
  int slips = 3;
  storage->before_put_if_absent([&](std::string_view) {
    if (slips-- <= 0) return;
    auto other = Table::open(memory, "t");
    ASSERT_TRUE(append(*other, {{"other", slips}}));
  });
  EXPECT_EQ(*append(*table, {{"mine", 1}}), 4);
  EXPECT_EQ(stored_rows(memory), (Rows{{"other", 2}, {"other", 1}, {"other", 0}, {"mine", 1}}));
}

TEST(TableProperty, RandomChangesEqualAModel) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    std::mt19937 random(seed);
    auto storage = std::make_shared<MemoryStorage>();
    Table table = make_table(storage);
    Rows model;
    for (int step = 0; step < 45; ++step) {
      Commit commit(table, {.target_file_bytes = 200, .target_row_group_bytes = 60});
      unsigned kind = random() % 10;
      if (kind == 0) {
        commit.remove_all();
        model.clear();
      } else if (kind < 5) {
        std::set<std::string> values;
        for (unsigned i = random() % 3 + 1; i > 0; --i) values.insert(std::string(1, static_cast<char>('a' + random() % 8)));
        std::erase_if(model, [&](const auto& row) { return values.contains(row.first); });
        commit.remove_where("archive", values);
      }
      for (unsigned batches = random() % 3; batches > 0; --batches) {
        Rows rows;
        for (unsigned i = random() % 12; i > 0; --i)
          rows.emplace_back(std::string(1, static_cast<char>('a' + random() % 8)), random() % 100);
        ASSERT_TRUE(commit.append(*batch_of(rows)));
        model.insert(model.end(), rows.begin(), rows.end());
      }
      auto version = commit.finish();
      ASSERT_TRUE(version) << version.error().to_string();
      ASSERT_EQ(sorted(rows_of(table)), sorted(model)) << "seed " << seed << " step " << step;
      if (step % 9 == 8) {
        ASSERT_EQ(stored_rows(storage), rows_of(table));
      }
      ASSERT_EQ(table.rows(), static_cast<int64_t>(model.size()));
    }
  }
}

}  // namespace
}  // namespace voxlake::lake
