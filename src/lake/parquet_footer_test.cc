#include "lake/parquet_footer.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <cstring>
#include <random>

#include "lake/memory_storage.h"
#include "lake/schemas.h"
#include "lake/table.h"

namespace voxlake::lake {
namespace {

using Names = std::set<std::string, std::less<>>;

/// The footer of a data file with a list column, texts, numbers and two row groups.
std::string sample_footer() {
  auto storage = std::make_shared<MemoryStorage>();
  auto table = Table::open_or_create(storage, "t", utterances_schema());
  Commit commit(*table, {.target_file_bytes = 1 << 20, .target_row_group_bytes = 1000});
  UtteranceRow row;
  row.archive = "a";
  row.signal.assign(300, 0.5f);
  EXPECT_TRUE(commit.append(**to_batch(std::vector<UtteranceRow>{row, row})));
  EXPECT_TRUE(commit.finish());
  std::string bytes = *storage->read("t/" + table->files().front().path);
  uint32_t length = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - 8, 4);
  return bytes.substr(bytes.size() - 8 - length, length);
}

TEST(ReducedFooter, KeepsTheWantedColumnsAsTheyWere) {
  const std::string footer = sample_footer();
  auto whole = parquet::FileMetaData::Make(footer.data(), static_cast<int64_t>(footer.size()));
  for (const Names& names : {Names{"archive"}, Names{"signal"}, Names{"fingerprint", "signal", "corpus", "nobody"}}) {
    auto text = reduced_footer(footer, names);
    ASSERT_TRUE(text);
    EXPECT_LT(text->size(), footer.size() / 2);
    auto reduced = parquet::FileMetaData::Make(text->data(), static_cast<int64_t>(text->size()));
    EXPECT_EQ(reduced->num_rows(), whole->num_rows());
    EXPECT_EQ(reduced->created_by(), "voxlake");
    ASSERT_EQ(reduced->num_row_groups(), 2);
    int kept = 0;
    for (int i = 0; i < whole->num_columns(); ++i) {
      if (!names.contains(whole->schema()->GetColumnRoot(i)->name())) continue;
      ASSERT_LT(kept, reduced->num_columns());
      EXPECT_TRUE(whole->schema()->Column(i)->Equals(*reduced->schema()->Column(kept)));
      for (int group = 0; group < 2; ++group) {
        auto expected = whole->RowGroup(group)->ColumnChunk(i), found = reduced->RowGroup(group)->ColumnChunk(kept);
        EXPECT_EQ(found->path_in_schema()->ToDotString(), expected->path_in_schema()->ToDotString());
        EXPECT_EQ(found->data_page_offset(), expected->data_page_offset());
        EXPECT_EQ(found->total_compressed_size(), expected->total_compressed_size());
      }
      ++kept;
    }
    EXPECT_EQ(kept, reduced->num_columns());
  }
}

TEST(ReducedFooter, IsNothingWithoutAnyOfTheColumns) {
  EXPECT_FALSE(reduced_footer(sample_footer(), {"nobody"}));
  EXPECT_FALSE(reduced_footer(sample_footer(), {}));
}

TEST(ReducedFooter, DamagedFootersAreNothingOrAtLeastHarmless) {
  const std::string footer = sample_footer();
  for (size_t length = 0; length < footer.size(); ++length)
    EXPECT_FALSE(reduced_footer(std::string_view(footer).substr(0, length), {"archive"}));
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = footer;
    for (unsigned i = random() % 4 + 1; i > 0; --i) damaged[random() % damaged.size()] = static_cast<char>(random());
    auto reduced = reduced_footer(damaged, {"archive", "signal"});
    if (reduced) {
      EXPECT_LE(reduced->size(), damaged.size() + 64);
    }
  }
}

}  // namespace
}  // namespace voxlake::lake
