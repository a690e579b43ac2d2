#include "lake/data_file_writer.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "lake/data_file_reader.h"
#include "lake/memory_storage.h"
#include "lake/spool_buffer.h"

namespace voxlake::lake {
namespace {

/// Writes the batches as one file of row groups of about `group_bytes`.
EncodedFile written(const arrow::RecordBatchVector& batches, int64_t group_bytes = 32 << 20) {
  EncodedFile file;
  DataFileWriter writer(batches.front()->schema(), {.target_file_bytes = int64_t{1} << 40, .target_row_group_bytes = group_bytes},
                        [&](EncodedFile encoded) -> Status {
                          file = std::move(encoded);
                          return {};
                        });
  for (const auto& batch : batches) {
    const Status status = writer.append(*batch, 0, batch->num_rows());
    EXPECT_TRUE(status) << status.error().to_string();
  }
  const Status status = writer.finish();
  EXPECT_TRUE(status) << status.error().to_string();
  return file;
}

std::shared_ptr<arrow::Table> read_back(const EncodedFile& file) {
  std::string bytes;
  for (const auto& piece : file.pieces) bytes += piece;
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), file.bytes);
  auto reader =
      *parquet::arrow::OpenFile(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)), arrow::default_memory_pool());
  const std::shared_ptr<arrow::Table> table = *reader->ReadTable();
  EXPECT_TRUE(table->ValidateFull().ok());
  return *table->CombineChunks();
}

/// A row: null, or values of which each is null or a number.
using List = std::optional<std::vector<std::optional<float>>>;

std::shared_ptr<arrow::RecordBatch> batch_of_lists(const std::vector<List>& lists, bool nullable = true) {
  const auto type = arrow::list(arrow::field("element", arrow::float32()));
  auto values = std::make_shared<arrow::FloatBuilder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), values, type);
  for (const List& list : lists) {
    EXPECT_TRUE((list ? builder.Append() : builder.AppendNull()).ok());
    if (!list) continue;
    for (const auto& value : *list) EXPECT_TRUE((value ? values->Append(*value) : values->AppendNull()).ok());
  }
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("signal", type, nullable)}), static_cast<int64_t>(lists.size()),
                                  {*builder.Finish()});
}

std::vector<List> lists_of(const arrow::Table& table) {
  std::vector<List> lists;
  const auto& array = static_cast<const arrow::ListArray&>(*table.column(0)->chunk(0));
  const auto& values = static_cast<const arrow::FloatArray&>(*array.values());
  for (int64_t row = 0; row < array.length(); ++row) {
    lists.emplace_back();
    if (array.IsNull(row)) continue;
    lists.back().emplace();
    for (int64_t i = array.value_offset(row); i < array.value_offset(row + 1); ++i) {
      lists.back()->push_back(values.IsNull(i) ? std::optional<float>() : values.Value(i));
    }
  }
  return lists;
}

/// The numbers' bits: NaN is like itself, and 0 unlike -0.
std::vector<std::vector<int64_t>> bits_of(const std::vector<List>& lists) {
  std::vector<std::vector<int64_t>> bits;
  for (const List& list : lists) {
    bits.emplace_back(1, list ? 1 : 0);
    if (!list) continue;
    for (const auto& value : *list) bits.back().push_back(value ? std::bit_cast<int32_t>(*value) : int64_t{1} << 40);
  }
  return bits;
}

std::vector<std::optional<float>> noise(size_t count, uint32_t seed, bool in_steps) {
  std::mt19937 random(seed);
  std::vector<std::optional<float>> values(count);
  for (auto& value : values) {
    const auto step = static_cast<float>(static_cast<int32_t>(random() % 65536) - 32768);
    value = (in_steps ? step : step * 0.7F) / 32768.0F;
  }
  return values;
}

TEST(DataFileWriter, SignalsComeBackToTheBit) {
  const std::vector<std::vector<List>> cases = {
      {noise(1000, 1, true)},
      {noise(1000, 2, false)},
      {noise(1, 3, true), noise(7, 4, true), noise(8, 5, true), noise(505, 6, true)},
      {noise(100, 7, true), noise(100, 8, false), noise(100, 9, true), List(), List(std::vector<std::optional<float>>()),
       noise(3, 10, false)},
      {noise(600'000, 21, false), noise(600'000, 22, true), List(), noise(9, 23, true), noise(600'000, 24, true)},
      {noise(600'000, 11, true), noise(600'000, 12, false), noise(9, 13, true)},  // longer than a page
      {List(std::vector<std::optional<float>>(5000, 0.25F))},                     // a dictionary of one value
      {List(std::vector<std::optional<float>>{-1.0F, 32767.0F / 32768.0F, 0.0F})},
      {List(std::vector<std::optional<float>>{-0.0F, 0.5F})},
      {List(std::vector<std::optional<float>>{1.0F, 0.5F}), noise(4, 15, true)},
      {List(std::vector<std::optional<float>>{std::nanf(""), 0.5F}), noise(4, 14, true)},
      {List(std::vector<std::optional<float>>{std::numeric_limits<float>::infinity(), 2.0F, -3e38F, 1e-40F})},
      {List(std::vector<std::optional<float>>{{}, 0.5F, {}, {}, 0.25F, 0.125F}), List(std::vector<std::optional<float>>{{}, {}})},
      {List(std::vector<std::optional<float>>{0.1F, {}, 0.2F}), List()},
      {List(), List(std::vector<std::optional<float>>())},
  };
  for (const auto& lists : cases) EXPECT_EQ(bits_of(lists_of(*read_back(written({batch_of_lists(lists)})))), bits_of(lists));
}

/// The encodings of the first row group's data pages, in order: `d` by dictionary, `p` plain.
std::string pages_of(const EncodedFile& file) {
  std::string bytes, kinds;
  for (const auto& piece : file.pieces) bytes += piece;
  auto reader = parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
  auto pages = reader->RowGroup(0)->GetColumnPageReader(0);
  while (auto page = pages->NextPage()) {
    if (page->type() != parquet::PageType::DATA_PAGE) continue;
    kinds += static_cast<const parquet::DataPage&>(*page).encoding() == parquet::Encoding::PLAIN ? 'p' : 'd';
  }
  return kinds;
}

// Spark 3.5's vectorised reader fails on a page by dictionary behind a plain one (tests/lake/test_spark.py).
TEST(DataFileWriter, NoPageByDictionaryComesBehindAPlainOne) {
  const List empty = std::vector<std::optional<float>>();
  EXPECT_EQ(pages_of(written({batch_of_lists({noise(100, 1, true), noise(100, 2, true)})})), "d");
  EXPECT_EQ(pages_of(written({batch_of_lists({noise(100, 1, true), noise(100, 2, false), noise(100, 3, true)})})), "dp");
  EXPECT_EQ(pages_of(written({batch_of_lists({noise(100, 1, false), noise(100, 2, true)})})), "p");
  EXPECT_EQ(pages_of(written({batch_of_lists({List(), empty, noise(100, 1, true)})})), "d");
  EXPECT_EQ(pages_of(written({batch_of_lists({List(), empty})})), "p");
  const std::string kinds =
      pages_of(written({batch_of_lists({noise(900'000, 1, true), noise(600'000, 2, false), noise(900'000, 3, true)})}));
  EXPECT_EQ(kinds.find_last_of('d') + 1, kinds.find('p'));
}

TEST(DataFileWriter, SignalsThatMayNotBeNullComeBack) {
  const std::vector<List> lists = {noise(10, 1, true), List(std::vector<std::optional<float>>()), noise(10, 2, false)};
  EXPECT_EQ(bits_of(lists_of(*read_back(written({batch_of_lists(lists, /*nullable=*/false)})))), bits_of(lists));
}

TEST(DataFileWriter, SignalsOfSixteenBitsTakeHalfTheRoom) {
  EXPECT_LT(written({batch_of_lists({noise(100'000, 1, true)})}).bytes, 100'000 * 2 + 65'536 * 4 + 10'000);
  std::vector<std::optional<float>> quiet = noise(100'000, 2, true);
  for (auto& value : quiet) value = std::floor(*value * 64) / 32768.0F;
  EXPECT_LT(written({batch_of_lists({quiet})}).bytes, 100'000 * 7 / 8 + 2000);  // 128 values: seven bits each
}

TEST(DataFileWriter, TheSameSignalsGiveTheSameBytesHoweverTheyAreBatched) {
  std::vector<List> lists;
  for (uint32_t i = 0; i < 40; ++i) lists.push_back(noise(i * 531, i, i % 3 != 0));
  arrow::RecordBatchVector one_by_one;
  for (const List& list : lists) one_by_one.push_back(batch_of_lists({list}));
  for (const int64_t group_bytes : {10'000, 32 << 20}) {
    EXPECT_EQ(written({batch_of_lists(lists)}, group_bytes).pieces, written(one_by_one, group_bytes).pieces);
    EXPECT_EQ(bits_of(lists_of(*read_back(written(one_by_one, group_bytes)))), bits_of(lists));
  }
}

/// The bytes of a file, those behind the pieces too.
std::string file_bytes(const EncodedFile& file) {
  std::string bytes;
  for (const auto& piece : file.pieces) bytes += piece;
  bytes.append(reinterpret_cast<const char*>(file.rest.data()), file.rest.size());
  return bytes;
}

/// The same list array with its values in a file.
std::shared_ptr<arrow::RecordBatch> in_file(const std::shared_ptr<arrow::RecordBatch>& batch) {
  const auto& lists = static_cast<const arrow::ListArray&>(*batch->column(0));
  const auto& values = static_cast<const arrow::FloatArray&>(*lists.values());
  scratch::Spool<float> spool(scratch::Limits{"", 0, nullptr});
  EXPECT_TRUE(spool.append({values.raw_values(), static_cast<size_t>(values.length())}));
  EXPECT_TRUE(spool.finish());
  const auto moved = std::make_shared<arrow::FloatArray>(values.length(), std::make_shared<SpoolBuffer>(std::move(spool)));
  return arrow::RecordBatch::Make(batch->schema(), batch->num_rows(),
                                  {std::make_shared<arrow::ListArray>(lists.type(), lists.length(), lists.value_offsets(), moved,
                                                                      lists.null_bitmap(), lists.null_count())});
}

TEST(DataFileWriter, LongSignalsThatLieInAFileGiveTheSameBytes) {
  constexpr size_t kLong = 1'300'000;
  std::vector<std::optional<float>> late = noise(kLong, 7, true);
  late.back() = 0.1F;  // no step after all
  const std::vector<std::vector<List>> cases = {
      {noise(kLong, 1, true)},
      {noise(kLong, 2, false)},
      {late, noise(100, 3, true)},
      {noise(5000, 4, true), noise(kLong, 5, true), List(), noise(kLong, 6, false), noise(kLong, 8, true), noise(100, 9, true)},
  };
  for (const auto& lists : cases) {
    const auto batch = batch_of_lists(lists);
    EXPECT_EQ(file_bytes(written({in_file(batch)})), file_bytes(written({batch})));
  }
}

TEST(DataFileWriter, AFileThatIsLargerThanUsualGoesOnInAScratchFile) {
  const auto batch = batch_of_lists({noise(3'000'000, 1, false)});
  EncodedFile file;
  DataFileWriter writer(batch->schema(), {.target_file_bytes = 1 << 20, .target_row_group_bytes = 1 << 20, .scratch = {"", 0, nullptr}},
                        [&](EncodedFile encoded) -> Status {
                          file = std::move(encoded);
                          return {};
                        });
  ASSERT_TRUE(writer.append_all(*batch));
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(file.pieces.size(), 1u);
  EXPECT_TRUE(file.rest.is_in_file());
  EXPECT_EQ(file_bytes(file), file_bytes(written({batch})));
}

TEST(DataFileReader, LongListsComeFromAFileAsTheyCameFromMemory) {
  const std::vector<List> lists = {noise(5000, 4, true), noise(900'000, 5, true), List(), List(std::vector<std::optional<float>>()),
                                   noise(300'000, 6, false)};
  const std::vector<List> with_nulls = {noise(5000, 4, true), List(std::vector<std::optional<float>>{{}, 0.5F})};
  for (const bool nullable : {true, false}) {
    for (const auto& each : {nullable ? lists : std::vector<List>{lists[0], lists[1]}, with_nulls}) {
      const auto batch = batch_of_lists(each, nullable);
      const auto storage = std::make_shared<MemoryStorage>();
      const std::string bytes = file_bytes(written({batch}));
      ASSERT_TRUE(storage->put("table/a.parquet", bytes));
      const auto read = [&](const scratch::Limits& limits) {
        std::shared_ptr<arrow::RecordBatch> found;
        const Status status = scan_data_file(
            storage, "table/a.parquet", static_cast<int64_t>(bytes.size()), batch->schema(),
            [&](const std::shared_ptr<arrow::RecordBatch>& group) -> Status {
              found = group;
              return {};
            },
            limits);
        EXPECT_TRUE(status) << status.error().to_string();
        return found;
      };
      const auto in_memory = read({});
      const auto bounded = read({"", 1000, nullptr});
      EXPECT_TRUE(bounded->ValidateFull().ok());
      EXPECT_TRUE(bounded->Equals(*in_memory));
      const auto& values = *static_cast<const arrow::ListArray&>(*bounded->column(0)).values();
      EXPECT_EQ(SpoolBuffer::of(values.data()->buffers[1]) != nullptr, values.null_count() == 0)
          << "nulls within lists are Arrow's to read";
    }
  }
}

TEST(DataFileWriter, FloatColumnsComeBackWithTheirNulls) {
  constexpr int64_t kRows = 300'000;  // more than a page
  arrow::FloatBuilder all, some, none;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_TRUE(all.Append(static_cast<float>(i) * 0.1F).ok());
    ASSERT_TRUE((i % 7 < 3 || i > 280'000 ? some.AppendNull() : some.Append(static_cast<float>(i))).ok());
    ASSERT_TRUE(none.AppendNull().ok());
  }
  const auto schema = arrow::schema(
      {arrow::field("all", arrow::float32(), false), arrow::field("some", arrow::float32()), arrow::field("none", arrow::float32())});
  const auto batch = arrow::RecordBatch::Make(schema, kRows, {*all.Finish(), *some.Finish(), *none.Finish()});
  const auto table = read_back(written({batch->Slice(0, 1), batch->Slice(1, 99'999), batch->Slice(100'000)}));
  EXPECT_TRUE(table->Equals(**arrow::Table::FromRecordBatches({batch})));
  EXPECT_EQ(written({batch}).pieces, written({batch->Slice(0, 77'777), batch->Slice(77'777)}).pieces);
}

TEST(DataFileWriter, ListsOfOtherThingsComeBack) {
  auto values = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values, arrow::list(arrow::field("element", arrow::int64())));
  for (int64_t row = 0; row < 10; ++row) {
    ASSERT_TRUE((row == 3 ? lists.AppendNull() : lists.Append()).ok());
    for (int64_t i = 0; row != 3 && i < row % 4; ++i) ASSERT_TRUE((i == 2 ? values->AppendNull() : values->Append(row * i)).ok());
  }
  const auto array = *lists.Finish();
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("numbers", array->type())}), 10, {array});
  EXPECT_TRUE(read_back(written({batch->Slice(0, 4), batch->Slice(4)}))->Equals(**arrow::Table::FromRecordBatches({batch})));
}

}  // namespace
}  // namespace voxlake::lake
