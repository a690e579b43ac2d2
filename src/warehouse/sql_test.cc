#include "warehouse/sql.h"

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lake/schemas.h"
#include "lake/scratch_folder.h"
#include "lake/table.h"
#include "warehouse/duckdb.h"
#include "warehouse/publish.h"

namespace voxlake::warehouse {
namespace {

using lake::Commit;
using lake::Table;

template <typename Row>
void append(const std::shared_ptr<lake::Storage>& storage, const char* path, std::shared_ptr<arrow::Schema> schema,
            const std::vector<Row>& rows) {
  auto table = Table::open_or_create(storage, path, std::move(schema));
  ASSERT_TRUE(table) << table.error().to_string();
  auto batch = lake::to_batch(std::span<const Row>(rows));
  ASSERT_TRUE(batch);
  Commit commit(*table);
  ASSERT_TRUE(commit.append(**batch));
  ASSERT_TRUE(commit.finish());
}

lake::UtteranceRow utterance(const std::string& id, const std::string& speaker, double seconds) {
  lake::UtteranceRow row;
  row.archive = speaker + "-1";
  row.utterance_id = id;
  row.speaker = speaker;
  row.gender = speaker == "anna" ? "female" : "male";
  row.seconds = seconds;
  row.signal = {0.5f, -0.25f};
  return row;
}

/// A lake with two speakers, three clips, an empty table of rejects, and features for one set.
class Sql : public testing::Test {
 protected:
  void SetUp() override {
    storage_ = *lake::open_storage(scratch_.path() + "/it's a lake");
    append<lake::UtteranceRow>(storage_, lake::utterances_path, lake::utterances_schema(),
                               {utterance("a1", "anna", 1.5), utterance("a2", "anna", 2.25)});
    append<lake::UtteranceRow>(storage_, lake::utterances_path, lake::utterances_schema(), {utterance("b1", "bob", 4)});
    append<lake::SpeakerRow>(storage_, lake::speakers_path, lake::speakers_schema(),
                             {{"anna", "female", 1, 2, 3.75, "train"}, {"bob", "male", 1, 1, 4, "test"}});
    ASSERT_TRUE(Table::open_or_create(storage_, lake::rejects_path, lake::rejects_schema()));
    add_features("librosa-full", {"rms_mean"});
  }

  void add_features(const std::string& set, const std::vector<std::string>& names) {
    auto schema = lake::features_schema(names);
    auto table = Table::open_or_create(storage_, lake::features_path(set), schema);
    ASSERT_TRUE(table) << table.error().to_string();
    arrow::ArrayVector columns;
    for (const auto& field : schema->fields()) {
      std::unique_ptr<arrow::ArrayBuilder> builder = *arrow::MakeBuilder(field->type());
      switch (field->type()->id()) {
        case arrow::Type::STRING:
          ASSERT_TRUE(static_cast<arrow::StringBuilder&>(*builder).Append(field->name() == "speaker" ? "bob" : "x").ok());
          break;
        case arrow::Type::FLOAT: ASSERT_TRUE(static_cast<arrow::FloatBuilder&>(*builder).Append(0.125f).ok()); break;
        default: ASSERT_TRUE(builder->AppendEmptyValue().ok());
      }
      columns.push_back(*builder->Finish());
    }
    Commit commit(*table);
    ASSERT_TRUE(commit.append(*arrow::RecordBatch::Make(schema, 1, columns)));
    ASSERT_TRUE(commit.finish());
  }

  std::string answer(const std::string& sql, SqlOptions options = {}) {
    std::ostringstream output;
    options.default_set = "librosa-full";
    Status status = run_sql(storage_, sql, options, output);
    EXPECT_TRUE(status) << status.error().to_string();
    return output.str();
  }
  Error refusal(const std::string& sql) {
    std::ostringstream output;
    Status status = run_sql(storage_, sql, {}, output);
    EXPECT_FALSE(status) << sql;
    return status ? Error{} : status.error();
  }

  lake::ScratchFolder scratch_;
  std::shared_ptr<lake::Storage> storage_;
};

TEST_F(Sql, CountsClipsByGenderAndSplit) {
  EXPECT_EQ(answer("SELECT gender, split, count(*) AS clips FROM utterances GROUP BY ALL ORDER BY ALL;"),
            "gender  split  clips\n"
            "──────  ─────  ─────\n"
            "female  train      2\n"
            "male    test       1\n"
            "(2 rows)\n");
}

TEST_F(Sql, FeaturesOfTheDefaultSetKnowTheirSplit) {
  EXPECT_EQ(answer("SELECT speaker, split, rms_mean FROM features", {.format = SqlFormat::csv}),
            "speaker,split,rms_mean\r\nbob,test,0.125\r\n");
  EXPECT_EQ(answer("SELECT count(*) AS n FROM features_librosa_full", {.format = SqlFormat::jsonl}), "{\"n\":1}\n");
  EXPECT_EQ(answer("FROM clips_by_split", {.format = SqlFormat::csv}),
            "split,gender,speakers,clips,seconds\r\ntest,male,1,1,4.0\r\ntrain,female,1,2,3.75\r\n");
}

TEST_F(Sql, ColumnsThatWereAddedLaterAreNullInOlderRows) {
  add_features("librosa-full", {"rms_mean", "zcr_mean"});
  EXPECT_EQ(answer("SELECT rms_mean, zcr_mean FROM features ORDER BY zcr_mean NULLS FIRST", {.format = SqlFormat::csv}),
            "rms_mean,zcr_mean\r\n0.125,\r\n0.125,0.125\r\n");
}

TEST_F(Sql, AnEmptyTableHasItsColumns) {
  EXPECT_EQ(answer("SELECT archive, byte_offset FROM rejects", {.format = SqlFormat::csv}), "archive,byte_offset\r\n");
  EXPECT_EQ(answer("SELECT * FROM rejects", {.format = SqlFormat::json}), "[]\n");
}

TEST_F(Sql, EveryKindOfValueIsWritten) {
  const std::string sql =
      "SELECT NULL AS nothing, 42 AS whole, 1.50::DECIMAL(9,2) AS exact, 2.5::FLOAT AS real, 'a\"b,c\n' AS text, [1, NULL] AS list, {'k': "
      "'v'} AS pair, "
      "true AS yes, TIMESTAMPTZ '2008-01-02 03:04:05.678Z' AS time, 'nan'::DOUBLE AS odd, 170141183460469231731687303715884105727::HUGEINT "
      "AS huge, "
      "DATE '2008-01-02' AS day, '' AS empty, 1 AS whole";
  EXPECT_EQ(answer(sql, {.format = SqlFormat::csv}),
            "nothing,whole,exact,real,text,list,pair,yes,time,odd,huge,day,empty,whole\r\n"
            ",42,1.50,2.5,\"a\"\"b,c\n\",\"[1,null]\",\"{\"\"k\"\":\"\"v\"\"}\",true,2008-01-02 "
            "03:04:05.678+00,nan,170141183460469231731687303715884105727,"
            "2008-01-02,\"\",1\r\n");
  EXPECT_EQ(answer(sql, {.format = SqlFormat::jsonl}),
            "{\"nothing\":null,\"whole\":42,\"exact\":1.50,\"real\":2.5,\"text\":\"a\\\"b,c\\n\",\"list\":[1,null],\"pair\":{\"k\":\"v\"},"
            "\"yes\":true,"
            "\"time\":\"2008-01-02 "
            "03:04:05.678+00\",\"odd\":null,\"huge\":170141183460469231731687303715884105727,\"day\":\"2008-01-02\",\"empty\":\"\","
            "\"whole\":1}\n");
}

TEST_F(Sql, JsonIsAnArrayOfObjects) {
  EXPECT_EQ(answer("SELECT utterance_id, signal FROM utterances WHERE speaker = 'anna' ORDER BY 1", {.format = SqlFormat::json}),
            "[\n{\"utterance_id\":\"a1\",\"signal\":[0.5,-0.25]},\n{\"utterance_id\":\"a2\",\"signal\":[0.5,-0.25]}\n]\n");
}

TEST_F(Sql, ParquetIsReadBack) {
  std::string file = scratch_.path() + "/answer.parquet";
  std::ofstream(file, std::ios::binary) << answer("SELECT utterance_id, seconds FROM utterances", {.format = SqlFormat::parquet});
  EXPECT_EQ(answer("SELECT count(*) AS n, sum(seconds) AS s FROM read_parquet(" + sql_literal(file) + ")", {.format = SqlFormat::csv}),
            "n,s\r\n3,7.75\r\n");
}

TEST_F(Sql, TheOrderOfTheQueryIsKept) {
  std::string expected = "i\r\n";
  for (int i = 9999; i >= 0; --i) expected += std::to_string(i) + "\r\n";
  EXPECT_EQ(answer("SELECT i FROM range(10000) t(i) ORDER BY i DESC -- a remark", {.format = SqlFormat::csv}), expected);
}

TEST_F(Sql, DescribeShowAndExplainAreQueriesToo) {
  EXPECT_NE(answer("DESCRIBE speakers").find("VARCHAR"), std::string::npos);
  EXPECT_NE(answer("SHOW TABLES").find("clips_by_split"), std::string::npos);
  EXPECT_NE(answer("EXPLAIN SELECT count(*) FROM utterances").find("READ_PARQUET"), std::string::npos);
  EXPECT_NE(answer("/* how */ explain analyze -- really\n SELECT count(*) FROM utterances").find("READ_PARQUET"), std::string::npos);
  EXPECT_NE(answer("SUMMARIZE speakers").find("approx_unique"), std::string::npos);
}

TEST_F(Sql, StatementsThatChangeSomethingAreRefused) {
  for (const char* sql : {"CREATE TABLE t (i INT)", "DROP VIEW speakers", "COPY speakers TO '/nowhere/x.csv'", "SET threads = 1",
                          "ATTACH 'x.db'", "INSTALL httpfs", "SELECT 1; SELECT 2", "EXPLAIN ANALYZE COPY speakers TO 'never.csv'",
                          "/**/ EXPLAIN (FORMAT json) COPY speakers TO 'never.csv'"}) {
    EXPECT_EQ(refusal(sql).kind, ErrorKind::invalid_argument) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists("never.csv"));
  EXPECT_NE(refusal("DROP VIEW speakers").message.find("only queries"), std::string::npos);
}

TEST_F(Sql, WrongSqlIsOneLineOfError) {
  Error error = refusal("SELECT gendre FROM speakers");
  EXPECT_EQ(error.kind, ErrorKind::invalid_argument);
  EXPECT_NE(error.message.find("gendre"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  EXPECT_EQ(refusal("SELEC 1").kind, ErrorKind::invalid_argument);
  EXPECT_EQ(refusal("  ").kind, ErrorKind::invalid_argument);
  EXPECT_EQ(refusal("SELECT CAST('x' AS INTEGER) FROM speakers").kind, ErrorKind::invalid_argument);
}

TEST_F(Sql, AQueryIsBrokenOffWhenAsked) {
  SqlOptions options;
  options.stopped = [began = std::chrono::steady_clock::now()] {
    return std::chrono::steady_clock::now() - began > std::chrono::milliseconds(200);
  };
  std::ostringstream output;
  Status status = run_sql(storage_, "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1", options, output);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::cancelled);
}

TEST_F(Sql, ParametersAreValuesAndNeverSql) {
  SqlOptions options;
  options.format = SqlFormat::csv;
  options.parameters = {{"who", "x' OR 1=1 --"}, {"least", "2"}};
  EXPECT_EQ(answer("SELECT count(*) AS n FROM utterances WHERE speaker = $who", options), "n\r\n0\r\n");
  EXPECT_EQ(answer("SELECT count(*) AS n FROM utterances WHERE seconds > $least", options), "n\r\n2\r\n");
  EXPECT_NE(refusal("SELECT $nobody").remedy.find("--param nobody=VALUE"), std::string::npos);
}

TEST_F(Sql, EarlierVersionsAreAsked) {
  SqlOptions options;
  options.format = SqlFormat::csv;
  options.as_of.version_of[lake::utterances_path] = 1;
  EXPECT_EQ(answer("SELECT count(*) AS n FROM utterances", options), "n\r\n2\r\n");
  options.as_of = {};
  options.as_of.version = 0;
  EXPECT_EQ(answer("SELECT count(*) AS n FROM utterances", options), "n\r\n0\r\n");
  options.as_of.version = 99;
  std::ostringstream output;
  EXPECT_EQ(run_sql(storage_, "SELECT 1", options, output).error().kind, ErrorKind::not_found);
}

TEST_F(Sql, AnEmptyLakeSaysSo) {
  std::ostringstream output;
  Status status = run_sql(*lake::open_storage(scratch_.path() + "/empty"), "SELECT 1", {}, output);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::not_found);
}

TEST_F(Sql, QueriesSeeTheNewestVersionWhateverWasPublished) {
  ASSERT_TRUE(publish(storage_, "librosa-full"));
  append<lake::UtteranceRow>(storage_, lake::utterances_path, lake::utterances_schema(), {utterance("c1", "carl", 1)});
  EXPECT_EQ(answer("SELECT count(*) AS n, count(split) AS s FROM utterances", {.format = SqlFormat::csv}), "n,s\r\n4,3\r\n");
}

TEST_F(Sql, ThePublishedWarehouseIsOpenedByDuckdbAlone) {
  auto first = publish(storage_, "librosa-full");
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_TRUE(first->changed);
  auto database = Database::open(*storage_->local_file(warehouse_path));
  ASSERT_TRUE(database) << database.error().to_string();
  auto rows = database->query("SELECT split, clips FROM clips_by_split");
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(*rows, (std::vector<Values>{{"test", "1"}, {"train", "2"}}));
  auto comment = database->query("SELECT comment FROM duckdb_views() WHERE view_name = 'rejects'");
  EXPECT_EQ(*comment, (std::vector<Values>{{"Something that was refused, and why"}}));
}

TEST_F(Sql, PublishingTwiceDoesNothingAndAnewAfterACommit) {
  ASSERT_TRUE(publish(storage_, "librosa-full")->changed);
  EXPECT_FALSE(publish(storage_, "librosa-full")->changed);
  EXPECT_TRUE(publish(storage_, "other")->changed);
  EXPECT_TRUE(publish(storage_, "librosa-full")->changed);
  append<lake::UtteranceRow>(storage_, lake::utterances_path, lake::utterances_schema(), {utterance("c1", "carl", 1)});
  EXPECT_TRUE(publish(storage_, "librosa-full")->changed);
  ASSERT_TRUE(storage_->remove(warehouse_path));
  EXPECT_TRUE(publish(storage_, "librosa-full")->changed);
}

TEST(SqlFormats, AreKnownByName) {
  EXPECT_EQ(*parse_sql_format("jsonl"), SqlFormat::jsonl);
  EXPECT_EQ(parse_sql_format("xml").error().remedy, "use one of table, csv, json, jsonl, parquet");
}

TEST(Duckdb, SaysItsVersion) {
  auto version = duckdb_version();
  ASSERT_TRUE(version) << version.error().to_string();
  EXPECT_TRUE(version->starts_with("v1.")) << *version;
}

}  // namespace
}  // namespace voxlake::warehouse
