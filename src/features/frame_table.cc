#include "features/frame_table.h"

#include <algorithm>

namespace voxlake::features {

FrameTable::FrameTable(const FeatureSet::Plan& plan)
    : float_stride_(plan.float_groups.size() * kLanes), double_stride_(plan.double_groups.size() * kLanes) {
  log_stride_ = kLanes * std::count_if(plan.float_groups.begin(), plan.float_groups.end(),
                                       [](const RowGroup& group) { return group.can_be_positive; });
}

void FrameTable::clear() {
  begin_ = first_needed_ = end_ = 0;
}

void FrameTable::extend(int64_t count) {
  // Moving the frames in use pays once most of the room is taken by frames that are not.
  const int64_t dropped = std::min(first_needed_, end_) - begin_;
  const int64_t used = end_ - begin_ - dropped;
  const auto each = [&](auto visit) {
    visit(floats_, float_stride_);
    visit(doubles_, double_stride_);
    visit(float_logs_, log_stride_);
    visit(double_logs_, double_stride_);
  };
  if (dropped > 2 * used + 64) {
    each([&](auto& buffer, std::size_t stride) { std::copy_n(buffer.data() + dropped * stride, used * stride, buffer.data()); });
    begin_ += dropped;
  }
  const int64_t held = end_ - begin_;
  each([&](auto& buffer, std::size_t stride) { buffer.grow((held + count) * stride, held * stride); });
  // Rows that pad a group are never written; they are sorted along with the others and must be numbers. Logs are made for all rows.
  std::fill_n(floats(end_), count * float_stride_, 0.0F);
  std::fill_n(doubles(end_), count * double_stride_, 0.0);
}

}  // namespace voxlake::features
