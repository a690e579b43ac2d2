#include "lake/float_columns.h"

#include <arrow/array/data.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <cstring>

namespace voxlake::lake {
FloatColumns::FloatColumns(size_t columns, int64_t rows)
    : capacity_(rows), values_(new float[columns * static_cast<size_t>(rows)]), null_rows_(columns) {}

void FloatColumns::put(size_t column, int64_t row, const arrow::ArrayData& values, int64_t offset, int64_t length) {
  float* target = values_.get() + static_cast<int64_t>(column) * capacity_ + row;
  std::memcpy(target, values.GetValues<float>(1) + offset, static_cast<size_t>(length) * sizeof(float));
  if (!values.MayHaveNulls()) return;
  const uint8_t* valid = values.GetValues<uint8_t>(0, 0);
  for (int64_t i = 0; i < length; ++i) {
    if (!arrow::bit_util::GetBit(valid, values.offset + offset + i)) null_rows_[column].push_back(row + i);
  }
}

void FloatColumns::write(size_t column, int64_t rows, bool nullable, ColumnPages& pages) {
  const float* values = values_.get() + static_cast<int64_t>(column) * capacity_;
  auto null = null_rows_[column].begin();
  for (int64_t begin = 0; begin < rows; begin += float_page_rows) {
    const int64_t end = std::min(rows, begin + float_page_rows);
    const auto last_null = std::lower_bound(null, null_rows_[column].end(), end);
    page_.clear();
    if (nullable) {
      LevelRuns levels;
      int64_t next = begin;
      for (auto each = null; each != last_null; ++each) {
        levels.add(1, *each - next);
        levels.add(0, 1);
        next = *each + 1;
      }
      levels.add(1, end - next);
      levels.move_to(page_);
    }
    const auto append = [&](int64_t from, int64_t to) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(values + from);
      page_.insert(page_.end(), bytes, bytes + (to - from) * static_cast<int64_t>(sizeof(float)));
    };
    int64_t next = begin;
    for (; null != last_null; ++null) {
      append(next, *null);
      next = *null + 1;
    }
    append(next, end);
    pages.add_data(page_, static_cast<int32_t>(end - begin), /*by_dictionary=*/false);
  }
}

void FloatColumns::clear() {
  for (auto& rows : null_rows_) rows.clear();
}

}  // namespace voxlake::lake
