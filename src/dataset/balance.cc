#include "dataset/balance.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "dataset/neighbours.h"
#include "dataset/random.h"

namespace voxlake::dataset {
namespace {

constexpr size_t block_bases = 512;

/// Streams of random numbers, so that no two uses meet.
enum class Stream : uint64_t { searched = 1, extra = 2, neighbour = 3, place = 4 };

uint64_t draw(uint64_t seed, Stream stream, uint64_t a, uint64_t b = 0) {
  return random_bits(random_bits(random_bits(seed, static_cast<uint64_t>(stream)), a), b);
}

/// `count` of the numbers below `all`, fixed by a hash, ascending.
std::vector<uint32_t> chosen_rows(size_t all, size_t count, uint64_t seed, Stream stream) {
  std::vector<uint32_t> rows(all);
  std::iota(rows.begin(), rows.end(), 0U);
  if (count >= all) return rows;
  const auto before = [&](uint32_t a, uint32_t b) { return std::pair(draw(seed, stream, a), a) < std::pair(draw(seed, stream, b), b); };
  std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(), before);
  rows.resize(count);
  std::sort(rows.begin(), rows.end());
  return rows;
}

Status check_options(const BalanceOptions& options) {
  const auto refuse = [](const std::string& what, const std::string& remedy) {
    return failure(ErrorKind::invalid_argument, "cannot balance the training part: " + what, remedy);
  };
  if (!(options.ratio > 0 && options.ratio <= 1))
    return refuse("the ratio is " + std::to_string(options.ratio), "give one above 0 and at most 1");
  if (options.neighbours < 1 || options.neighbours > 1000) {
    return refuse("it would draw from " + std::to_string(options.neighbours) + " neighbours", "give 1 to 1000; 5 is usual");
  }
  if (options.searched_rows <= options.neighbours) {
    return refuse("neighbours would be looked for among " + std::to_string(options.searched_rows) + " rows", "give more than neighbours");
  }
  return {};
}

}  // namespace

Result<BalancePlan> plan_balance(int64_t male_rows, int64_t female_rows, const BalanceOptions& options) {
  VOXLAKE_TRY(check_options(options));
  const bool female_is_smaller = female_rows < male_rows;
  const int64_t smaller = std::min(male_rows, female_rows);
  const int64_t larger = std::max(male_rows, female_rows);
  if (smaller < 2) return BalancePlan{};
  // The ratio is a decimal, of which the double may be a hair short.
  const auto wanted = static_cast<int64_t>(std::floor(options.ratio * static_cast<double>(larger) * (1 + 1e-12)));
  const int64_t synthetic = std::max<int64_t>(0, std::min(wanted, larger) - smaller);
  if (synthetic == 0) return BalancePlan{};
  return BalancePlan{female_is_smaller ? "female" : "male", smaller, synthetic};
}

struct Smote::State {
  std::span<const float> matrix;
  size_t columns = 0;
  size_t rows = 0;
  size_t neighbours = 0;
  uint64_t seed = 0;
  size_t copies_each = 0;            ///< that every base row gives
  std::vector<bool> gives_one_more;  ///< by base row
  std::vector<uint32_t> bases;       ///< rows that give any, ascending
  std::vector<uint32_t> candidates;  ///< rows that are searched

  size_t copies(uint32_t base) const { return copies_each + (gives_one_more[base] ? 1 : 0); }
  std::span<const uint32_t> block(int64_t number) const {
    const size_t from = static_cast<size_t>(number) * block_bases;
    return std::span(bases).subspan(from, std::min(block_bases, bases.size() - from));
  }
  std::span<const float> row(uint32_t number) const { return matrix.subspan(static_cast<size_t>(number) * columns, columns); }
};

Result<Smote> Smote::create(std::span<const float> matrix, int64_t columns, int64_t synthetic_rows, const BalanceOptions& options) {
  VOXLAKE_TRY(check_options(options));
  const auto refuse = [](const std::string& what) { return failure(ErrorKind::invalid_argument, "cannot make synthetic rows: " + what); };
  if (synthetic_rows < 0) return refuse("fewer than none were asked for");
  auto state = std::make_shared<State>();
  if (synthetic_rows > 0) {
    if (columns < 1 || matrix.size() % static_cast<size_t>(columns) != 0) return refuse("the matrix is not whole rows");
    state->rows = matrix.size() / static_cast<size_t>(columns);
    if (state->rows < 2) return refuse("the class has fewer than two rows");
    if (state->rows > std::numeric_limits<uint32_t>::max()) return refuse("the class has more than 4 billion rows");
    const bool finite = std::all_of(matrix.begin(), matrix.end(), [](float value) { return std::isfinite(value); });
    if (!finite) return refuse("the matrix has values that are missing or infinite");
    state->matrix = matrix;
    state->columns = static_cast<size_t>(columns);
    state->seed = options.seed;
    state->candidates = chosen_rows(state->rows, static_cast<size_t>(options.searched_rows), options.seed, Stream::searched);
    // A row that is searched is no neighbour of itself, so it has one candidate less.
    state->neighbours = std::min(static_cast<size_t>(options.neighbours), state->candidates.size() - 1);
    state->copies_each = static_cast<size_t>(synthetic_rows) / state->rows;
    const size_t left_over = static_cast<size_t>(synthetic_rows) % state->rows;
    state->gives_one_more.resize(state->rows);
    if (left_over > 0) {
      for (const uint32_t base : chosen_rows(state->rows, left_over, options.seed, Stream::extra)) state->gives_one_more[base] = true;
    }
    for (uint32_t base = 0; base < state->rows; ++base) {
      if (state->copies(base) > 0) state->bases.push_back(base);
    }
  }
  Smote smote;
  smote.state_ = std::move(state);
  return smote;
}

int64_t Smote::blocks() const {
  return static_cast<int64_t>((state_->bases.size() + block_bases - 1) / block_bases);
}

int64_t Smote::block_rows(int64_t block) const {
  size_t rows = 0;
  for (const uint32_t base : state_->block(block)) rows += state_->copies(base);
  return static_cast<int64_t>(rows);
}

Status Smote::run_block(int64_t block, const Emit& emit) const {
  const State& state = *state_;
  const std::span<const uint32_t> bases = state.block(block);
  const std::vector<uint32_t> nearest =
      nearest_rows(state.matrix, static_cast<int64_t>(state.columns), bases, state.candidates, static_cast<int64_t>(state.neighbours));
  std::vector<float> values(state.columns);
  for (size_t i = 0; i < bases.size(); ++i) {
    const std::span<const float> base = state.row(bases[i]);
    for (size_t copy = 0; copy < state.copies(bases[i]); ++copy) {
      const uint64_t choice = below(draw(state.seed, Stream::neighbour, bases[i], copy), state.neighbours);
      const uint32_t neighbour_row = nearest[i * state.neighbours + choice];
      const std::span<const float> neighbour = state.row(neighbour_row);
      const double place = unit_interval(draw(state.seed, Stream::place, bases[i], copy));
      for (size_t column = 0; column < state.columns; ++column) {
        const double from = base[column];
        values[column] = static_cast<float>(from + place * (neighbour[column] - from));
      }
      VOXLAKE_TRY(emit({bases[i], neighbour_row, values}));
    }
  }
  return {};
}

Status Smote::run(const Emit& emit) const {
  for (int64_t block = 0; block < blocks(); ++block) VOXLAKE_TRY(run_block(block, emit));
  return {};
}

}  // namespace voxlake::dataset
