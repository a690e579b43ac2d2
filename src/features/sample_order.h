#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "features/kernels.h"

namespace voxlake::features {

/// What is looked at before it is told to have passed.
inline constexpr std::size_t kPassedSamples = std::size_t{1} << 20;

/// Of all samples of a signal that is not empty. `passed`: see Pieces.
kernels::SampleSurvey survey_of(std::span<const float> signal, const kernels::Kernels& kernels, const std::function<void()>& passed = {});

/// What the samples of a window are once they are sorted.
struct OrderStatistics {
  double min = 0;
  double max = 0;
  double mode = 0;
  int64_t mode_count = 0;
  double first_quartile = 0;
  double median = 0;
  double third_quartile = 0;
};

/// Order statistics of windows that slide over a signal, without sorting each of them.
///
/// Samples of a 16-bit recording are 65,536 values at most: their counts are kept while the window moves, and one walk over the counts
/// gives everything. Other samples are sorted by radix, in parts that bound the memory: a part holds the next so many samples in order.
/// Keeps its memory: one for each thread.
class SampleOrder {
 public:
  /// The signal of the following calls, which has to stay where it is, and its survey. Finite, not empty.
  void start(std::span<const float> signal, const kernels::SampleSurvey& survey);
  /// Of signal[first, first + count), count > 0.
  OrderStatistics describe(int64_t first, int64_t count);

 private:
  OrderStatistics describe_counts();
  OrderStatistics describe_sorted(std::span<const float> samples);
  void move_window(int64_t first, int64_t end);
  void sort_part();

  std::span<const float> signal_;
  bool on_grid_ = false;  ///< every sample is a multiple of 2^-15
  int32_t lowest_ = 0;    ///< of the signal, in steps of 2^-15
  int32_t highest_ = 0;
  std::vector<int32_t> counts_;
  int64_t counted_first_ = 0;
  int64_t counted_end_ = 0;
  std::vector<uint32_t> keys_;
  std::vector<uint32_t> other_keys_;
};

}  // namespace voxlake::features
