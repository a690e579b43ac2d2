#include "lake/file_statistics.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

namespace voxlake::lake {
namespace {

using Value = ParquetExtent::Value;

const auto schema =
    arrow::schema({arrow::field("name", arrow::utf8()), arrow::field("n", arrow::int64()), arrow::field("x", arrow::float64()),
                   arrow::field("f", arrow::float32()), arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))});

ParquetExtent::RowGroup bounds(const std::string& path, const std::string& stats) {
  delta::AddFile file;
  file.path = path;
  file.stats = stats;
  return stated_bounds(file, *schema, {"name", "n", "x", "f", "t", "unknown"});
}

TEST(StatedBounds, AreThoseOfTextsAndNumbersAlone) {
  const auto group = bounds("part-00000-0123456789abcdef.snappy.parquet",
                            R"({"numRecords":2,"minValues":{"name":"a","n":-5,"x":1,"f":0.5,"t":"2026-01-01T00:00:00.000Z"},)"
                            R"("maxValues":{"name":"b","n":9223372036854775807,"x":2.5,"f":1.5,"t":"2026-01-02T00:00:00.000Z"}})");
  EXPECT_EQ(group.columns.at("name").smallest, Value(std::string("a")));
  EXPECT_EQ(group.columns.at("name").largest, Value(std::string("b")));
  EXPECT_EQ(group.columns.at("n").smallest, Value(int64_t{-5}));
  EXPECT_EQ(group.columns.at("n").largest, Value(int64_t{INT64_MAX}));
  EXPECT_EQ(group.columns.at("x").smallest, Value(1.0));
  EXPECT_EQ(group.columns.at("x").largest, Value(2.5));
  EXPECT_FALSE(group.columns.at("f").smallest || group.columns.at("t").smallest);  // a float's text is not its value; times are rounded
  EXPECT_FALSE(group.columns.contains("unknown"));
}

TEST(StatedBounds, AnotherProgramsLargestDoubleMayHaveNaNBesideIt) {
  const auto group = bounds("part-00000-6b29.snappy.parquet", R"({"numRecords":2,"minValues":{"x":1.5},"maxValues":{"x":2.5}})");
  EXPECT_EQ(group.columns.at("x").smallest, Value(1.5));
  EXPECT_FALSE(group.columns.at("x").largest);
}

TEST(StatedBounds, WithoutStatisticsThereAreNone) {
  for (const char* stats : {"", "{", "[]", R"({"numRecords":1})", R"({"minValues":5,"maxValues":{"n":"text","name":7,"x":"NaN"}})"}) {
    const auto group = bounds("part-00000-0123456789abcdef.snappy.parquet", stats);
    for (const auto& [name, column] : group.columns) EXPECT_FALSE(column.smallest || column.largest) << stats << " " << name;
  }
}

}  // namespace
}  // namespace voxlake::lake
