#include "lake/delta_actions.h"

#include <gtest/gtest.h>

namespace voxlake::lake::delta {
namespace {

TEST(DeltaActions, NumbersBeyond64BitsAreNoNumbers) {  // found by fuzzing: converting them was undefined
  const auto actions = parse_json_lines(R"({"commitInfo":{"timestamp":1e47,"operation":"WRITE"}}
{"add":{"path":"a.parquet","size":12,"modificationTime":18446744073709551615,"dataChange":true}}
)",
                                        "a log");
  ASSERT_TRUE(actions) << actions.error().to_string();
  EXPECT_EQ(actions->info->timestamp_ms, 0);
  ASSERT_EQ(actions->adds.size(), 1U);
  EXPECT_EQ(actions->adds[0].bytes, 12);
  EXPECT_EQ(actions->adds[0].modified_ms, 0);
}

TEST(DeltaActions, AFieldThatHasToBeThereHasToBeAWholeNumber) {
  for (const char* line :
       {R"({"add":{"path":"a.parquet","size":1e47}})", R"({"add":{"path":"a.parquet","size":"12"}})", R"({"add":{"path":"a.parquet"}})",
        R"({"txn":{"appId":"x","version":-1e30}})", R"({"protocol":{"minReaderVersion":1e300,"minWriterVersion":2}})"}) {
    const auto actions = parse_json_lines(line, "a log");
    ASSERT_FALSE(actions) << line;
    EXPECT_EQ(actions.error().kind, ErrorKind::corrupt_data) << line;
    EXPECT_NE(actions.error().to_string().find("line 1 of a log"), std::string::npos) << actions.error().to_string();
  }
}

TEST(DeltaActions, WholeNumbersMayBeWrittenWithAPoint) {
  const auto actions = parse_json_lines(R"({"add":{"path":"a.parquet","size":12.0,"modificationTime":1.7e12}})", "a log");
  ASSERT_TRUE(actions) << actions.error().to_string();
  EXPECT_EQ(actions->adds[0].bytes, 12);
  EXPECT_EQ(actions->adds[0].modified_ms, 1'700'000'000'000);
}

}  // namespace
}  // namespace voxlake::lake::delta
