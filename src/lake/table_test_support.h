#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lake/table.h"

/// A small table `t` of two columns for the tests of this room.
namespace voxlake::lake {

inline std::shared_ptr<arrow::Schema> key_schema() {
  return arrow::schema({arrow::field("archive", arrow::utf8(), false), arrow::field("number", arrow::int64())});
}

using Rows = std::vector<std::pair<std::string, int64_t>>;

inline std::shared_ptr<arrow::RecordBatch> batch_of(const Rows& rows) {
  arrow::StringBuilder archives;
  arrow::Int64Builder numbers;
  for (const auto& [archive, number] : rows) {
    EXPECT_TRUE(archives.Append(archive).ok());
    EXPECT_TRUE(numbers.Append(number).ok());
  }
  return arrow::RecordBatch::Make(key_schema(), static_cast<int64_t>(rows.size()), {*archives.Finish(), *numbers.Finish()});
}

inline Rows rows_of(const Table& table) {
  Rows rows;
  Status status = table.scan({"archive", "number"}, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
    const auto& archives = static_cast<const arrow::StringArray&>(*batch->column(0));
    const auto& numbers = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) rows.emplace_back(archives.GetString(i), numbers.Value(i));
    return {};
  });
  EXPECT_TRUE(status) << status.error().to_string();
  return rows;
}

inline Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

inline Rows stored_rows(const std::shared_ptr<Storage>& storage) {
  auto table = Table::open(storage, "t");
  EXPECT_TRUE(table) << table.error().to_string();
  return rows_of(*table);
}

inline Table make_table(const std::shared_ptr<Storage>& storage) {
  auto table = Table::open_or_create(storage, "t", key_schema());
  EXPECT_TRUE(table) << table.error().to_string();
  return *table;
}

inline Result<int64_t> append(Table& table, const Rows& rows) {
  Commit commit(table);
  VOXLAKE_TRY(commit.append(*batch_of(rows)));
  return commit.finish();
}

}  // namespace voxlake::lake
