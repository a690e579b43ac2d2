#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "error/result.h"

/// Balancing the training part: SMOTE (Chawla, Bowyer, Hall and Kegelmeyer 2002, doi 10.1613/jair.953) on standardised rows.
namespace voxlake::dataset {

struct BalanceOptions {
  double ratio = 1.0;             ///< rows of the smaller class wanted for each of the larger, above 0 and at most 1
  int64_t neighbours = 5;         ///< among which one is drawn for each synthetic row
  uint64_t seed = 20080101;       ///< of the draws
  int64_t searched_rows = 20000;  ///< neighbours are looked for among at most so many rows of the class
  bool operator==(const BalanceOptions&) const = default;
};

/// How many synthetic rows the smaller of two classes gets.
struct BalancePlan {
  std::string minority;        ///< the class that gets them; empty where none does
  int64_t base_rows = 0;       ///< its training rows
  int64_t synthetic_rows = 0;  ///< floor(ratio * larger) - smaller, at least 0
  bool operator==(const BalancePlan&) const = default;
};

/// The plan for `male` and `female` training rows; rows of unknown gender are left as they are. No synthetic rows where a class has none,
/// or the smaller has but one (there is nothing between it and itself). invalid_argument for options out of range.
Result<BalancePlan> plan_balance(int64_t male_rows, int64_t female_rows, const BalanceOptions& options);

/// A synthetic row, and the two rows (numbers in the class's matrix) between which it lies. Valid until the callback returns.
struct SyntheticRow {
  int64_t base_row = 0;
  int64_t neighbour_row = 0;
  std::span<const float> values;
};

/// SMOTE over the rows of one class. Each base row gives equally many synthetic rows, synthetic / rows of them, and as many rows as are
/// left over, chosen by a hash, one more. A synthetic row is base + u (neighbour - base), with u drawn uniformly from [0, 1) and the
/// neighbour from the base's `neighbours` nearest by Euclidean distance (ties: the lower row number), fewer where the class has fewer.
/// Every draw is a function of seed, base row and number of the copy.
///
/// Neighbours are exact among the rows that are searched: all where there are at most `searched_rows`, otherwise as many, fixed by a hash
/// of the row number: an approximation that keeps time linear in the rows. Time: rows * searched * columns multiply-adds, of which a core
/// with AVX2 does about 18e9 a second (20,000 x 20,000 x 750 in 17 s); a matrix in which many rows are the same costs up to ten times that.
/// Memory, besides the caller's matrix: about 2 MB for each thread that runs a block, and 9 bytes a row.
///
/// Work is parted into blocks of base rows that may be run in any order and on any threads; synthetic rows in the order of the blocks are
/// the same whoever runs them, on every machine.
class Smote {
 public:
  using Emit = std::function<Status(const SyntheticRow&)>;

  /// `matrix`: the class's training rows, standardised, row after row, `columns` values each, all finite. It must outlive this object.
  /// invalid_argument for options out of range, a matrix that is not whole rows or not finite, and fewer than two rows (where any
  /// synthetic ones are wanted).
  static Result<Smote> create(std::span<const float> matrix, int64_t columns, int64_t synthetic_rows, const BalanceOptions& options);

  int64_t blocks() const;
  /// Synthetic rows that block `block` emits.
  int64_t block_rows(int64_t block) const;
  /// Emits the synthetic rows of one block, by base row. Stops at the first error of `emit` and returns it. Thread safe.
  Status run_block(int64_t block, const Emit& emit) const;
  /// All blocks in order.
  Status run(const Emit& emit) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace voxlake::dataset
