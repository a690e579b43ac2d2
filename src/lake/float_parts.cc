#include "lake/float_parts.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace voxlake::lake {
namespace {

constexpr size_t columns_ahead = 16;

}  // namespace

void FloatParts::add(std::vector<float> values, int64_t rows) {
  rows_ += rows;
  parts_.push_back({std::move(values), rows});
}

void FloatParts::write(size_t column, ColumnPages& pages) {
  gathered_.resize(static_cast<size_t>(std::min(float_page_rows, rows_)));
  null_rows_.clear();
  size_t count = 0;     // of values that are there
  int64_t in_page = 0;  // of rows
  for (const Part& part : parts_) {
    const float* values = part.values.data() + column * static_cast<size_t>(part.rows);
    // Hundreds of parts are read from in turn, a few values at a time: more than the processor sees coming by itself.
    __builtin_prefetch(part.values.data() + std::min(part.values.size(), (column + columns_ahead) * static_cast<size_t>(part.rows)));
    for (int64_t row = 0; row < part.rows; ++row) {
      if (in_page == float_page_rows) {
        write_page(in_page, pages);
        count = 0;
        in_page = 0;
      }
      gathered_[count] = values[row];
      const bool is_there = std::isfinite(values[row]);
      count += is_there ? 1 : 0;
      if (!is_there) null_rows_.push_back(in_page);
      ++in_page;
    }
  }
  write_page(in_page, pages);
}

void FloatParts::write_page(int64_t count, ColumnPages& pages) {
  page_.clear();
  LevelRuns levels;
  int64_t next = 0;
  for (const int64_t null : null_rows_) {
    levels.add(1, null - next);
    levels.add(0, 1);
    next = null + 1;
  }
  levels.add(1, count - next);
  levels.move_to(page_);
  const size_t bytes = (static_cast<size_t>(count) - null_rows_.size()) * sizeof(float);
  const size_t begin = page_.size();
  page_.resize(begin + bytes);
  std::memcpy(page_.data() + begin, gathered_.data(), bytes);
  null_rows_.clear();
  pages.add_data(page_, static_cast<int32_t>(count), /*by_dictionary=*/false);
}

void FloatParts::clear() {
  parts_.clear();
  rows_ = 0;
}

}  // namespace voxlake::lake
