#include "lake/data_file_reader.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "lake/memory_storage.h"

namespace voxlake::lake {
namespace {

/// `values` as another writer may keep them, written as Parquet and read as `type`.
std::shared_ptr<arrow::Array> read_as(const std::shared_ptr<arrow::DataType>& type, const std::shared_ptr<arrow::DataType>& kept,
                                      const std::string& values, bool int96) {
  const auto column = *arrow::json::ArrayFromJSONString(kept, values);
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("column", kept)}), {column});
  const auto sink = *arrow::io::BufferOutputStream::Create();
  parquet::ArrowWriterProperties::Builder properties;
  properties.store_schema();  // so that Arrow reads what was written, not what is nearest to it
  if (int96) properties.enable_deprecated_int96_timestamps();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, table->num_rows(),
                                         parquet::default_writer_properties(), properties.build())
                  .ok());
  const std::string bytes = (*sink->Finish())->ToString();
  const auto storage = std::make_shared<MemoryStorage>();
  EXPECT_TRUE(storage->put("table/a.parquet", bytes));
  std::shared_ptr<arrow::Array> found;
  const Status status =
      scan_data_file(storage, "table/a.parquet", static_cast<int64_t>(bytes.size()), arrow::schema({arrow::field("column", type)}),
                     [&](const std::shared_ptr<arrow::RecordBatch>& group) -> Status {
                       found = group->column(0);
                       return {};
                     });
  EXPECT_TRUE(status) << kept->ToString() << ": " << status.error().to_string();
  return found;
}

// The casts are those of libarrow itself: libarrow_compute is not linked.
TEST(DataFileReader, casts_what_other_writers_store) {
  const auto floats = arrow::list(arrow::field("element", arrow::float32()));
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto nanoseconds = arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
  const std::string words = R"(["a", null, "bc"])";
  const std::string lists = "[[0.5, null], null, []]";
  struct Case {
    std::shared_ptr<arrow::DataType> type, kept;
    std::string values;
    bool int96 = false;
  };
  const Case cases[] = {
      {arrow::utf8(), arrow::large_utf8(), words},
      {arrow::utf8(), arrow::utf8_view(), words},
      {arrow::utf8(), arrow::dictionary(arrow::int32(), arrow::utf8()), words},
      {floats, arrow::list(arrow::float32()), lists},
      {floats, arrow::large_list(arrow::float32()), lists},
      {floats, arrow::list(arrow::float64()), lists},
      {time, nanoseconds, R"(["2026-11-27 20:00:00.123456789", null])"},
      {time, nanoseconds, R"(["2026-11-27 20:00:00.123456789", null])", true},
      {time, arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"), R"(["2026-11-27 20:00:00.123", null])"},
      {arrow::int64(), arrow::int32(), "[-3, null, 4]"},
      {arrow::int32(), arrow::int64(), "[-3, null, 4]"},
      {arrow::float64(), arrow::float32(), "[-0.5, null]"},
      {arrow::float32(), arrow::float64(), "[-0.5, null]"},
  };
  for (const Case& each : cases) {
    const auto found = read_as(each.type, each.kept, each.values, each.int96);
    ASSERT_TRUE(found) << each.kept->ToString();
    std::string values = each.values;
    if (const size_t beyond = values.find("456789"); beyond != std::string::npos) values.erase(beyond + 3, 3);
    const auto expected = *arrow::json::ArrayFromJSONString(each.type, values);
    EXPECT_TRUE(found->Equals(*expected)) << each.kept->ToString() << ": " << found->ToString();
  }
}

}  // namespace
}  // namespace voxlake::lake
