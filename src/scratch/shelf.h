#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "error/result.h"
#include "scratch/spool.h"

namespace voxlake::scratch {

/// Things that are put aside for later: in memory while the budget of the limits lasts, else together in one file, however many they are.
/// A long one that has a file stays there.
/// Not thread safe.
template <typename T>
class Shelf {
 public:
  explicit Shelf(const Limits& limits) : charge_(limits.budget), filed_(in_file(limits)) {}

  /// The next thing, in its turn.
  Status put(Spool<T> values) {
    Thing thing{filed_.size(), values.size(), {}};
    const bool has_file_of_its_own = values.is_in_file() && values.size() * sizeof(T) >= kLongBytes;
    if (has_file_of_its_own) {
      thing.values = std::move(values);
    } else if (!values.is_in_file() && charge_.reach(held_bytes_ + values.memory_bytes())) {
      held_bytes_ += values.memory_bytes();
      thing.values = std::move(values);
    } else {
      VOXLAKE_TRY(file(values));
      thing.is_filed = true;
    }
    things_.push_back(std::move(thing));
    return {};
  }
  /// After the last thing.
  Status finish() { return filed_.finish(); }
  /// The thing that was put there as the `index`th. Only once.
  Spool<T> take(size_t index) {
    Thing& thing = things_[index];
    if (!thing.is_filed) return std::move(thing.values);
    Spool<T> values = filed_;
    values.narrow(thing.first, thing.count);
    return values;
  }
  size_t size() const { return things_.size(); }

 private:
  static constexpr size_t kLongBytes = size_t{4} << 20;

  struct Thing {
    size_t first = 0;  ///< in the file
    size_t count = 0;
    Spool<T> values;
    bool is_filed = false;
  };

  static Limits in_file(Limits limits) {
    limits.most_in_memory = 0;
    limits.budget = nullptr;
    return limits;
  }
  Status file(const Spool<T>& values) {
    constexpr size_t piece = size_t{1} << 20;
    for (size_t begin = 0; begin < values.size(); begin += piece) {
      VOXLAKE_TRY(filed_.append(std::span<const T>(values).subspan(begin, std::min(piece, values.size() - begin))));
      values.let_go();
    }
    return {};
  }

  Charge charge_;
  int64_t held_bytes_ = 0;
  Spool<T> filed_;
  std::vector<Thing> things_;
};

}  // namespace voxlake::scratch
