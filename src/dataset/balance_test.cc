#include "dataset/balance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "dataset/neighbours.h"

namespace voxlake::dataset {
namespace {

std::vector<float> normal_rows(size_t rows, size_t columns, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> matrix(rows * columns);
  for (float& value : matrix) value = draw(random);
  return matrix;
}

std::vector<uint32_t> all_rows(size_t rows) {
  std::vector<uint32_t> numbers(rows);
  for (size_t i = 0; i < rows; ++i) numbers[i] = static_cast<uint32_t>(i);
  return numbers;
}

double squared_distance(std::span<const float> matrix, size_t columns, size_t a, size_t b) {
  double sum = 0;
  for (size_t i = 0; i < columns; ++i) {
    const double difference = static_cast<double>(matrix[a * columns + i]) - matrix[b * columns + i];
    sum += difference * difference;
  }
  return sum;
}

/// Slow and plainly right.
std::vector<uint32_t> nearest_plainly(std::span<const float> matrix, size_t columns, uint32_t query,
                                      const std::vector<uint32_t>& candidates, size_t count) {
  std::vector<std::pair<double, uint32_t>> all;
  for (const uint32_t candidate : candidates) {
    if (candidate != query) all.emplace_back(squared_distance(matrix, columns, query, candidate), candidate);
  }
  std::sort(all.begin(), all.end());
  std::vector<uint32_t> nearest;
  for (size_t i = 0; i < count; ++i) nearest.push_back(all[i].second);
  return nearest;
}

void expect_nearest(const std::vector<float>& matrix, size_t columns, size_t count) {
  const auto rows = all_rows(matrix.size() / columns);
  const auto nearest = nearest_rows(matrix, static_cast<int64_t>(columns), rows, rows, static_cast<int64_t>(count));
  ASSERT_EQ(nearest.size(), rows.size() * count);
  for (const uint32_t query : rows) {
    const std::vector<uint32_t> found(nearest.begin() + static_cast<std::ptrdiff_t>(query * count),
                                      nearest.begin() + static_cast<std::ptrdiff_t>((query + 1) * count));
    ASSERT_EQ(found, nearest_plainly(matrix, columns, query, rows, count)) << query;
  }
}

TEST(NearestRows, AreThoseOfAPlainSearch) {
  for (const size_t columns : {1U, 3U, 16U, 255U, 256U, 257U, 700U}) {
    for (const size_t rows : {2U, 6U, 40U, 300U})
      expect_nearest(normal_rows(rows, columns, static_cast<uint32_t>(columns)), columns, std::min<size_t>(5, rows - 1));
  }
}

TEST(NearestRows, AreExactWhereEstimatesAreNot) {
  // Far from zero and close together: float estimates are all rounding here.
  std::vector<float> far = normal_rows(300, 20);
  for (float& value : far) value = 1000 + value / 100;
  expect_nearest(far, 20, 5);
  // Whole numbers: many ties, and many rows that are the same.
  std::vector<float> coarse = normal_rows(400, 2);
  for (float& value : coarse) value = std::round(value);
  expect_nearest(coarse, 2, 5);
  expect_nearest(std::vector<float>(100 * 3, 7.0F), 3, 5);
  // Products beyond the range of float, in both directions.
  std::vector<float> huge = normal_rows(200, 10);
  for (size_t i = 0; i < huge.size(); i += 7) huge[i] *= 3e38F / 4;
  expect_nearest(huge, 10, 5);
}

TEST(NearestRows, LooksAmongTheCandidatesOnly) {
  const auto matrix = normal_rows(100, 4);
  const std::vector<uint32_t> candidates = {3, 50, 51, 77, 99};
  const auto queries = all_rows(100);
  const auto nearest = nearest_rows(matrix, 4, queries, candidates, 3);
  for (const uint32_t query : queries) {
    const auto begin = nearest.begin() + static_cast<std::ptrdiff_t>(query * 3);
    EXPECT_EQ(std::vector<uint32_t>(begin, begin + 3), nearest_plainly(matrix, 4, query, candidates, 3));
  }
}

TEST(NearestRows, EqualScikitLearns) {
  std::ifstream file(std::string(VOXLAKE_SOURCE_DIR) + "/tests/golden/dataset/neighbours.json");
  ASSERT_TRUE(file);
  const auto golden = nlohmann::json::parse(file);
  const auto matrix = golden["matrix"].get<std::vector<float>>();
  const auto rows = all_rows(golden["rows"]);
  EXPECT_EQ(nearest_rows(matrix, golden["columns"], rows, rows, 5), golden["neighbours"].get<std::vector<uint32_t>>());
}

TEST(PlanBalance, BringsTheSmallerGenderUpToTheRatio) {
  EXPECT_EQ(plan_balance(600, 100, {}).value(), (BalancePlan{"female", 100, 500}));
  EXPECT_EQ(plan_balance(100, 600, {}).value(), (BalancePlan{"male", 100, 500}));
  BalanceOptions options;
  options.ratio = 0.7;
  EXPECT_EQ(plan_balance(10, 3, options).value(), (BalancePlan{"female", 3, 4}));
  options.ratio = 0.25;
  EXPECT_EQ(plan_balance(10, 3, options).value(), BalancePlan{});
}

TEST(PlanBalance, DoesNothingWhereNothingCanBeDone) {
  EXPECT_EQ(plan_balance(100, 100, {}).value(), BalancePlan{});
  EXPECT_EQ(plan_balance(100, 0, {}).value(), BalancePlan{});
  EXPECT_EQ(plan_balance(100, 1, {}).value(), BalancePlan{});
  EXPECT_EQ(plan_balance(0, 0, {}).value(), BalancePlan{});
}

TEST(PlanBalance, RefusesOptionsOutOfRange) {
  for (const BalanceOptions& options : {BalanceOptions{0, 5, 1, 20000}, BalanceOptions{1.1, 5, 1, 20000}, BalanceOptions{NAN, 5, 1, 20000},
                                        BalanceOptions{1, 0, 1, 20000}, BalanceOptions{1, 5, 1, 5}}) {
    EXPECT_EQ(plan_balance(2, 5, options).error().kind, ErrorKind::invalid_argument);
    EXPECT_FALSE(Smote::create(std::vector<float>(8), 2, 1, options));
  }
}

struct Kept {
  int64_t base_row;
  int64_t neighbour_row;
  std::vector<float> values;
  bool operator==(const Kept&) const = default;
};

std::vector<Kept> run(const std::vector<float>& matrix, int64_t columns, int64_t synthetic, const BalanceOptions& options = {}) {
  std::vector<Kept> rows;
  const auto smote = Smote::create(matrix, columns, synthetic, options);
  EXPECT_TRUE(smote) << smote.error().to_string();
  if (!smote) return rows;
  const auto status = smote->run([&](const SyntheticRow& row) -> Status {
    rows.push_back({row.base_row, row.neighbour_row, {row.values.begin(), row.values.end()}});
    return {};
  });
  EXPECT_TRUE(status);
  return rows;
}

TEST(Smote, PutsEachRowOnASegmentFromABaseToOneOfItsNeighbours) {
  constexpr size_t columns = 12;
  const auto matrix = normal_rows(700, columns);
  const auto rows = run(matrix, columns, 2000);
  ASSERT_EQ(rows.size(), 2000U);
  for (const Kept& row : rows) {
    const auto nearest = nearest_plainly(matrix, columns, static_cast<uint32_t>(row.base_row), all_rows(700), 5);
    ASSERT_NE(std::find(nearest.begin(), nearest.end(), row.neighbour_row), nearest.end());
    // The place that the first column tells must hold for all of them.
    const auto at = [&](int64_t number, size_t column) {
      return static_cast<double>(matrix[static_cast<size_t>(number) * columns + column]);
    };
    size_t widest = 0;
    for (size_t i = 0; i < columns; ++i) {
      if (std::abs(at(row.neighbour_row, i) - at(row.base_row, i)) > std::abs(at(row.neighbour_row, widest) - at(row.base_row, widest)))
        widest = i;
    }
    const double place = (row.values[widest] - at(row.base_row, widest)) / (at(row.neighbour_row, widest) - at(row.base_row, widest));
    EXPECT_GE(place, -1e-6);
    EXPECT_LE(place, 1 + 1e-6);
    for (size_t i = 0; i < columns; ++i) {
      EXPECT_NEAR(row.values[i], at(row.base_row, i) + place * (at(row.neighbour_row, i) - at(row.base_row, i)), 1e-5);
    }
  }
}

TEST(Smote, UsesEveryBaseEquallyOftenAndDrawsEvenly) {
  const auto rows = run(normal_rows(600, 3), 3, 10'000);
  std::map<int64_t, int> by_base;
  std::map<size_t, int> by_rank;
  const auto matrix = normal_rows(600, 3);
  for (const Kept& row : rows) {
    ++by_base[row.base_row];
    const auto nearest = nearest_plainly(matrix, 3, static_cast<uint32_t>(row.base_row), all_rows(600), 5);
    ++by_rank[static_cast<size_t>(std::find(nearest.begin(), nearest.end(), row.neighbour_row) - nearest.begin())];
  }
  EXPECT_EQ(by_base.size(), 600U);
  for (const auto& [base, count] : by_base) EXPECT_TRUE(count == 16 || count == 17);
  EXPECT_EQ(by_rank.size(), 5U);
  for (const auto& [rank, count] : by_rank) EXPECT_NEAR(count, 2000, 200);
}

TEST(Smote, GivesTheSameRowsWhoeverRunsTheBlocks) {
  const auto matrix = normal_rows(1300, 5);
  const auto rows = run(matrix, 5, 3001);
  EXPECT_EQ(rows, run(matrix, 5, 3001));
  const auto smote = Smote::create(matrix, 5, 3001, {}).value();
  ASSERT_EQ(smote.blocks(), 3);
  std::vector<std::vector<Kept>> blocks(3);
  for (const int64_t block : {2, 0, 1}) {
    ASSERT_TRUE(smote.run_block(block, [&](const SyntheticRow& row) -> Status {
      blocks[static_cast<size_t>(block)].push_back({row.base_row, row.neighbour_row, {row.values.begin(), row.values.end()}});
      return {};
    }));
    EXPECT_EQ(static_cast<int64_t>(blocks[static_cast<size_t>(block)].size()), smote.block_rows(block));
  }
  std::vector<Kept> joined;
  for (const auto& block : blocks) joined.insert(joined.end(), block.begin(), block.end());
  EXPECT_EQ(joined, rows);
  BalanceOptions other;
  other.seed = 7;
  EXPECT_NE(run(matrix, 5, 3001, other), rows);
}

TEST(Smote, DrawsFromFewerNeighboursWhereThereAreFewer) {
  const std::vector<float> two = {0, 0, 1, 2};
  const auto rows = run(two, 2, 100);
  ASSERT_EQ(rows.size(), 100U);
  for (const Kept& row : rows) {
    EXPECT_EQ(row.base_row + row.neighbour_row, 1);
    EXPECT_FLOAT_EQ(row.values[1], 2 * row.values[0]);
  }
}

TEST(Smote, LooksAmongAFixedPartOfManyRows) {
  BalanceOptions options;
  options.searched_rows = 50;
  const auto rows = run(normal_rows(1000, 4), 4, 1500, options);
  std::set<int64_t> neighbours;
  std::set<int64_t> bases;
  for (const Kept& row : rows) {
    EXPECT_NE(row.base_row, row.neighbour_row);
    neighbours.insert(row.neighbour_row);
    bases.insert(row.base_row);
  }
  EXPECT_LE(neighbours.size(), 50U);
  EXPECT_GT(neighbours.size(), 40U);
  EXPECT_EQ(bases.size(), 1000U);
}

TEST(Smote, RunsOnlyTheBasesThatGiveRows) {
  const auto smote = Smote::create(normal_rows(2000, 2), 2, 10, {}).value();
  EXPECT_EQ(smote.blocks(), 1);
  EXPECT_EQ(smote.block_rows(0), 10);
  EXPECT_EQ(Smote::create({}, 0, 0, {}).value().blocks(), 0);
}

TEST(Smote, RefusesAMatrixThatItCannotUse) {
  EXPECT_EQ(Smote::create(std::vector<float>(5), 2, 1, {}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(Smote::create(std::vector<float>(2), 2, 1, {}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(Smote::create(std::vector<float>(4), 2, -1, {}).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(Smote::create(std::vector<float>{1, NAN, 2, 3}, 2, 1, {}).error().kind, ErrorKind::invalid_argument);
}

TEST(Smote, StopsAtTheFirstErrorOfTheCaller) {
  const auto matrix = normal_rows(100, 2);
  const auto smote = Smote::create(matrix, 2, 50, {}).value();
  int64_t seen = 0;
  const auto status = smote.run([&](const SyntheticRow&) -> Status {
    if (++seen == 7) return failure(ErrorKind::io, "disk full");
    return {};
  });
  EXPECT_EQ(status.error().kind, ErrorKind::io);
  EXPECT_EQ(seen, 7);
}

}  // namespace
}  // namespace voxlake::dataset
