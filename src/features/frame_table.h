#pragma once

#include <cstdint>

#include "features/aligned_buffer.h"
#include "features/plan.h"

namespace voxlake::features {

/// The descriptors of the frames that windows still need, frame after frame: a set's row groups side by side. Rows of frames that no
/// window will ask for again are let go, so that a long utterance takes no more room than its longest window.
class FrameTable {
 public:
  explicit FrameTable(const FeatureSet::Plan& plan);

  void clear();
  /// The first frame that has not been appended yet.
  int64_t end() const { return end_; }
  /// Room for `count` frames after the last one; they count once they are committed. Pointers are valid until the next call.
  void extend(int64_t count);
  void commit(int64_t count) { end_ += count; }
  /// Frames before `frame` are not needed any more.
  void drop_before(int64_t frame) { first_needed_ = std::max(first_needed_, frame); }

  std::size_t float_stride() const { return float_stride_; }
  std::size_t double_stride() const { return double_stride_; }
  float* floats(int64_t frame) { return floats_.data() + (frame - begin_) * float_stride_; }
  double* doubles(int64_t frame) { return doubles_.data() + (frame - begin_) * double_stride_; }
  /// x log x of the same; only of the groups that can be positive.
  double* float_logs(int64_t frame) { return float_logs_.data() + (frame - begin_) * log_stride_; }
  double* double_logs(int64_t frame) { return double_logs_.data() + (frame - begin_) * double_stride_; }
  /// How many floats of a frame have logs: the groups that can be positive come first.
  std::size_t log_stride() const { return log_stride_; }

 private:
  std::size_t float_stride_;
  std::size_t double_stride_;
  std::size_t log_stride_;
  int64_t begin_ = 0;
  int64_t first_needed_ = 0;
  int64_t end_ = 0;
  AlignedBuffer<float> floats_;
  AlignedBuffer<double> doubles_;
  AlignedBuffer<double> float_logs_;
  AlignedBuffer<double> double_logs_;
};

}  // namespace voxlake::features
