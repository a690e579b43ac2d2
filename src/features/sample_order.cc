#include "features/sample_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "features/functional.h"

namespace voxlake::features {
namespace {

using kernels::kStepsPerUnit;
constexpr std::size_t kBlock = 64;  // counts that are summed up before they are looked at one by one
constexpr int64_t kPartSamples = int64_t{1} << 22;

/// Takes values in ascending order, each with its count, and notes what is asked of the sorted series.
class SortedWalk {
 public:
  explicit SortedWalk(int64_t count) {
    for (std::size_t i = 0; i < quantiles_.size(); ++i) {
      positions_[i] = quantile_position(count, quantiles_[i]);
      wanted_[2 * i] = {positions_[i].below, 2 * i};
      wanted_[2 * i + 1] = {positions_[i].above, 2 * i + 1};
    }
    // In a tiny series the place above one quantile may lie behind the place below the next.
    std::sort(wanted_.begin(), wanted_.end());
  }
  /// Whether one of the wanted places is among the next `count`.
  bool wants_within(int64_t count) const { return next_ < wanted_.size() && wanted_[next_].first < seen_ + count; }
  int64_t mode_count() const { return mode_count_; }
  void skip(int64_t count) { seen_ += count; }
  void take(double value, int64_t count) {
    while (wants_within(count)) found_[wanted_[next_++].second] = value;
    seen_ += count;
    if (count > mode_count_) {
      mode_count_ = count;
      mode_ = value;
    }
  }
  void finish(OrderStatistics& out) const {
    out.mode = mode_;
    out.mode_count = mode_count_;
    const auto quantile = [&](std::size_t i) { return interpolate(found_[2 * i], found_[2 * i + 1], positions_[i].fraction); };
    out.first_quartile = quantile(0);
    out.median = quantile(1);
    out.third_quartile = quantile(2);
  }

 private:
  std::array<double, 3> quantiles_ = {0.25, 0.5, 0.75};
  std::array<QuantilePosition, 3> positions_;
  std::array<std::pair<int64_t, std::size_t>, 6> wanted_;  ///< place in the sorted series, and where its value goes
  std::array<double, 6> found_{};
  std::size_t next_ = 0;
  int64_t seen_ = 0;
  int64_t mode_count_ = 0;
  double mode_ = 0;
};

/// Orders like the float: the bits of a positive one, of a negative one turned round. -0 becomes 0.
uint32_t key_of(float x) {
  const auto bits = std::bit_cast<uint32_t>(x + 0.0F);
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffU : 0x80000000U);
}

float float_of(uint32_t key) {
  return std::bit_cast<float>(key ^ ((key >> 31) != 0 ? 0x80000000U : 0xffffffffU));
}

}  // namespace

kernels::SampleSurvey survey_of(std::span<const float> signal, const kernels::Kernels& kernels, const std::function<void()>& passed) {
  kernels::SampleSurvey all{true, true, signal[0], signal[0]};
  for (std::size_t begin = 0; begin < signal.size(); begin += kPassedSamples) {
    const kernels::SampleSurvey piece = kernels.survey(signal.data() + begin, std::min(kPassedSamples, signal.size() - begin));
    all.is_finite = all.is_finite && piece.is_finite;
    all.on_grid = all.on_grid && piece.on_grid;
    all.low = std::min(all.low, piece.low);
    all.high = std::max(all.high, piece.high);
    if (passed) passed();
  }
  return all;
}

void SampleOrder::start(std::span<const float> signal, const kernels::SampleSurvey& survey) {
  signal_ = signal;
  counted_first_ = counted_end_ = 0;
  on_grid_ = survey.on_grid;
  if (!on_grid_) return;
  lowest_ = static_cast<int32_t>(survey.low * kStepsPerUnit);
  highest_ = static_cast<int32_t>(survey.high * kStepsPerUnit);
  const auto bins = static_cast<std::size_t>(highest_ - lowest_) + 1;
  counts_.assign((bins + kBlock - 1) / kBlock * kBlock, 0);
}

OrderStatistics SampleOrder::describe(int64_t first, int64_t count) {
  if (!on_grid_) return describe_sorted(signal_.subspan(first, count));
  move_window(first, first + count);
  return describe_counts();
}

void SampleOrder::move_window(int64_t first, int64_t end) {
  const auto add = [&](int64_t from, int64_t to, int32_t amount) {
    // Converted some at a time, by vectors, and then counted.
    std::array<int32_t, 256> bins;
    int32_t* counts = counts_.data();
    for (int64_t begin = from; begin < to; begin += static_cast<int64_t>(bins.size())) {
      const float* samples = signal_.data() + begin;
      const auto count = static_cast<std::size_t>(std::min<int64_t>(to - begin, static_cast<int64_t>(bins.size())));
      for (std::size_t i = 0; i < count; ++i) bins[i] = static_cast<int32_t>(samples[i] * kStepsPerUnit) - lowest_;
      for (std::size_t i = 0; i < count; ++i) counts[bins[i]] += amount;
    }
  };
  const bool slides_on = first >= counted_first_ && end >= counted_end_ && first < counted_end_;
  if (slides_on && first - counted_first_ < counted_end_ - first) {
    add(counted_first_, first, -1);
    add(counted_end_, end, 1);
  } else {
    std::fill(counts_.begin(), counts_.end(), 0);
    add(first, end, 1);
  }
  counted_first_ = first;
  counted_end_ = end;
}

OrderStatistics SampleOrder::describe_counts() {
  OrderStatistics out;
  SortedWalk walk(counted_end_ - counted_first_);
  const auto value_of = [&](std::size_t bin) { return (lowest_ + static_cast<double>(bin)) / kStepsPerUnit; };
  std::size_t lowest = counts_.size();
  std::size_t highest = 0;
  for (std::size_t begin = 0; begin < counts_.size(); begin += kBlock) {
    int32_t sum = 0;
    int32_t largest = 0;
    for (std::size_t bin = begin; bin < begin + kBlock; ++bin) {
      sum += counts_[bin];
      largest = std::max(largest, counts_[bin]);
    }
    if (sum == 0) continue;
    lowest = std::min(lowest, begin);
    highest = begin;
    if (largest <= walk.mode_count() && !walk.wants_within(sum)) {
      walk.skip(sum);
      continue;
    }
    for (std::size_t bin = begin; bin < begin + kBlock; ++bin) {
      if (counts_[bin] > 0) walk.take(value_of(bin), counts_[bin]);
    }
  }
  while (counts_[lowest] == 0) ++lowest;
  highest += kBlock - 1;
  while (counts_[highest] == 0) --highest;
  walk.finish(out);
  out.min = value_of(lowest);
  out.max = value_of(highest);
  return out;
}

void SampleOrder::sort_part() {
  constexpr int kDigitBits = 11;
  constexpr uint32_t kDigits = 1 << kDigitBits;
  std::array<std::array<uint32_t, kDigits>, 3> places{};
  for (const uint32_t key : keys_) {
    ++places[0][key % kDigits];
    ++places[1][(key >> kDigitBits) % kDigits];
    ++places[2][key >> (2 * kDigitBits)];
  }
  other_keys_.resize(keys_.size());
  for (std::size_t pass = 0; pass < places.size(); ++pass) {
    uint32_t place = 0;
    for (uint32_t& count : places[pass]) place += std::exchange(count, place);
    const auto shift = static_cast<int>(pass) * kDigitBits;
    for (const uint32_t key : keys_) other_keys_[places[pass][(key >> shift) % kDigits]++] = key;
    std::swap(keys_, other_keys_);
  }
}

OrderStatistics SampleOrder::describe_sorted(std::span<const float> samples) {
  // Where parts end, in the highest sixteen bits of the key: equal samples never fall into two parts.
  std::vector<uint32_t> part_ends;
  if (static_cast<int64_t>(samples.size()) > kPartSamples) {
    std::vector<int64_t> histogram(std::size_t{1} << 16);
    for (const float x : samples) ++histogram[key_of(x) >> 16];
    int64_t in_part = 0;
    for (uint32_t high = 0; high < histogram.size(); ++high) {
      if (in_part > 0 && in_part + histogram[high] > kPartSamples) {
        part_ends.push_back(high);
        in_part = 0;
      }
      in_part += histogram[high];
    }
  }
  part_ends.push_back(1 << 16);

  OrderStatistics out;
  SortedWalk walk(static_cast<int64_t>(samples.size()));
  uint32_t part_begin = 0;
  bool is_first = true;
  for (const uint32_t part_end : part_ends) {
    keys_.clear();
    for (const float x : samples) {
      const uint32_t key = key_of(x);
      if (part_ends.size() == 1 || (key >> 16 >= part_begin && key >> 16 < part_end)) keys_.push_back(key);
    }
    part_begin = part_end;
    if (keys_.empty()) continue;
    sort_part();
    if (std::exchange(is_first, false)) out.min = float_of(keys_.front());
    out.max = float_of(keys_.back());
    for (std::size_t i = 0; i < keys_.size();) {
      std::size_t end = i + 1;
      while (end < keys_.size() && keys_[end] == keys_[i]) ++end;
      walk.take(float_of(keys_[i]), static_cast<int64_t>(end - i));
      i = end;
    }
  }
  walk.finish(out);
  return out;
}

}  // namespace voxlake::features
