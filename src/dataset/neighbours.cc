#include "dataset/neighbours.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace voxlake::dataset {
namespace {

constexpr size_t tile_queries = 4;
constexpr size_t tile_candidates = 16;
constexpr size_t panel_candidates = 256;
constexpr size_t panel_columns = 256;
constexpr size_t shortlist_length = 32;

/// Sums of products of four query rows with sixteen candidates, which lie side by side in `packed`, column after column.
struct Tile {
  const float* const* queries;
  const float* packed;
  size_t columns;
  float* sums;  ///< 4 x 16, of which each row begins `stride` after the one before
  size_t stride;
};

/// Adds the products of `rows` query rows from `first` on, with so many lanes at a time as a register holds. Each sum is added up in the
/// order of the columns, so it comes to the same bits however wide the registers are.
#define VOXLAKE_ADD_PRODUCTS(Lanes, rows, first)                                                                             \
  do {                                                                                                                       \
    constexpr size_t lanes = sizeof(Lanes) / sizeof(float);                                                                  \
    constexpr size_t registers = tile_candidates / lanes;                                                                    \
    Lanes sum[rows][registers] = {};                                                                                         \
    for (size_t column = 0; column < tile.columns; ++column) {                                                               \
      for (size_t i = 0; i < registers; ++i) {                                                                               \
        Lanes candidates;                                                                                                    \
        std::memcpy(&candidates, tile.packed + column * tile_candidates + i * lanes, sizeof(Lanes));                         \
        for (size_t query = 0; query < (rows); ++query) sum[query][i] += candidates * tile.queries[(first) + query][column]; \
      }                                                                                                                      \
    }                                                                                                                        \
    for (size_t query = 0; query < (rows); ++query) {                                                                        \
      for (size_t i = 0; i < registers; ++i) {                                                                               \
        float* target = tile.sums + ((first) + query) * tile.stride + i * lanes;                                             \
        Lanes before;                                                                                                        \
        std::memcpy(&before, target, sizeof(Lanes));                                                                         \
        before += sum[query][i];                                                                                             \
        std::memcpy(target, &before, sizeof(Lanes));                                                                         \
      }                                                                                                                      \
    }                                                                                                                        \
  } while (false)

typedef float FourLanes __attribute__((vector_size(16)));

void add_products_portably(const Tile& tile) {
  VOXLAKE_ADD_PRODUCTS(FourLanes, 2, 0);
  VOXLAKE_ADD_PRODUCTS(FourLanes, 2, 2);
}

#if defined(__x86_64__)
typedef float EightLanes __attribute__((vector_size(32)));

__attribute__((target("avx2"))) void add_products_avx2(const Tile& tile) {
  VOXLAKE_ADD_PRODUCTS(EightLanes, 4, 0);
}

void add_products(const Tile& tile) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  has_avx2 ? add_products_avx2(tile) : add_products_portably(tile);
}
#else
void add_products(const Tile& tile) {
  add_products_portably(tile);
}
#endif

struct Neighbour {
  double distance;  ///< squared
  uint32_t row;
  bool operator<(const Neighbour& other) const { return distance != other.distance ? distance < other.distance : row < other.row; }
};

/// The nearest candidates seen so far: a heap with the furthest on top.
class Shortlist {
 public:
  explicit Shortlist(size_t length) : length_(length) { heap_.reserve(length); }

  void offer(Neighbour neighbour) {
    if (heap_.size() < length_) {
      heap_.push_back(neighbour);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (neighbour < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = neighbour;
      std::push_heap(heap_.begin(), heap_.end());
    }
  }
  bool full() const { return heap_.size() == length_; }
  double furthest() const { return full() ? heap_.front().distance : std::numeric_limits<double>::infinity(); }
  std::vector<Neighbour> sorted() const {
    auto result = heap_;
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  size_t length_;
  std::vector<Neighbour> heap_;
};

/// One search: its rows, and how far estimates may be off.
class Search {
 public:
  Search(std::span<const float> matrix, size_t columns, std::span<const uint32_t> queries, std::span<const uint32_t> candidates,
         size_t count)
      : matrix_(matrix), columns_(columns), queries_(queries), candidates_(candidates), count_(count) {
    lists_.assign(queries.size(), Shortlist(std::max(shortlist_length, 2 * count)));
    for (const uint32_t query : queries) query_squares_.push_back(square(row(query)));
  }

  std::vector<uint32_t> run() {
    for (size_t from = 0; from < candidates_.size(); from += panel_candidates) {
      estimate_panel(candidates_.subspan(from, std::min(panel_candidates, candidates_.size() - from)));
    }
    std::vector<uint32_t> nearest;
    nearest.reserve(queries_.size() * count_);
    for (size_t i = 0; i < queries_.size(); ++i) {
      for (const Neighbour& neighbour : exact_nearest(i)) nearest.push_back(neighbour.row);
    }
    return nearest;
  }

 private:
  const float* row(uint32_t number) const { return matrix_.data() + static_cast<size_t>(number) * columns_; }

  double square(const float* values) const {
    double sum = 0;
    for (size_t i = 0; i < columns_; ++i) sum += static_cast<double>(values[i]) * values[i];
    return sum;
  }

  double distance(const float* a, const float* b) const {
    double sum = 0;
    for (size_t i = 0; i < columns_; ++i) {
      const double difference = static_cast<double>(a[i]) - b[i];
      sum += difference * difference;
    }
    return sum;
  }

  /// Sixteen candidates interleaved by column, the missing ones of the last sixteen as zeros.
  void pack(std::span<const uint32_t> panel, size_t first_column, size_t columns) {
    packed_.assign(padded(panel.size(), tile_candidates) * columns, 0.0F);
    for (size_t i = 0; i < panel.size(); ++i) {
      const float* values = row(panel[i]) + first_column;
      float* target = packed_.data() + (i / tile_candidates) * tile_candidates * columns + i % tile_candidates;
      for (size_t column = 0; column < columns; ++column) target[column * tile_candidates] = values[column];
    }
  }

  static size_t padded(size_t count, size_t multiple) { return (count + multiple - 1) / multiple * multiple; }

  void add_panel_products(std::span<const uint32_t> panel, size_t first_column, size_t columns) {
    pack(panel, first_column, columns);
    for (size_t query = 0; query < queries_.size(); query += tile_queries) {
      std::array<const float*, tile_queries> rows{};
      for (size_t i = 0; i < tile_queries; ++i) rows[i] = row(queries_[std::min(query + i, queries_.size() - 1)]) + first_column;
      for (size_t candidate = 0; candidate < panel.size(); candidate += tile_candidates) {
        add_products({rows.data(), packed_.data() + candidate * columns, columns, products_.data() + query * panel_candidates + candidate,
                      panel_candidates});
      }
    }
  }

  void estimate_panel(std::span<const uint32_t> panel) {
    products_.assign(padded(queries_.size(), tile_queries) * panel_candidates, 0.0F);
    for (size_t column = 0; column < columns_; column += panel_columns) {
      add_panel_products(panel, column, std::min(panel_columns, columns_ - column));
    }
    std::array<double, panel_candidates> squares{};
    for (size_t i = 0; i < panel.size(); ++i) {
      squares[i] = square(row(panel[i]));
      greatest_square_ = std::max(greatest_square_, squares[i]);
    }
    for (size_t query = 0; query < queries_.size(); ++query) {
      const float* products = products_.data() + query * panel_candidates;
      double furthest = lists_[query].furthest();
      for (size_t i = 0; i < panel.size(); ++i) {
        const double estimate = query_squares_[query] + squares[i] - 2 * static_cast<double>(products[i]);
        // A product that overflowed tells nothing: its candidate goes to the head of the list, to be looked at exactly.
        const bool overflowed = !std::isfinite(products[i]);
        if (panel[i] == queries_[query] || (estimate > furthest && !overflowed)) continue;
        lists_[query].offer({overflowed ? -std::numeric_limits<double>::infinity() : estimate, panel[i]});
        furthest = lists_[query].furthest();
      }
    }
  }

  /// A bound of |estimate - distance| for any candidate: a float sum of n products in parts of m is off by less than (m + n / m + 1)
  /// roundings of |a| |b| (Higham 2002, Accuracy and Stability, section 3.1); the squares are summed in double, and that is lost in the
  /// doubling.
  double error_bound(size_t query) const {
    const size_t panels = columns_ / panel_columns + 1;
    const double roundings = static_cast<double>(std::min(columns_, panel_columns) + panels + 2);
    const double rounding = std::numeric_limits<float>::epsilon() / 2;
    const double underflow = static_cast<double>(columns_) * std::numeric_limits<float>::min();
    return 4 * roundings * rounding * std::sqrt(query_squares_[query] * greatest_square_) + underflow;
  }

  std::vector<Neighbour> exact_nearest(size_t query) const {
    const float* values = row(queries_[query]);
    std::vector<Neighbour> listed = lists_[query].sorted();
    for (Neighbour& neighbour : listed) neighbour.distance = distance(values, row(neighbour.row));
    std::sort(listed.begin(), listed.end());
    listed.resize(std::min(listed.size(), count_));
    // Whoever is not on the list was estimated at its furthest or beyond. Where that leaves a doubt, there is nothing for it but to look.
    const double outside = lists_[query].furthest() - error_bound(query);
    if (!lists_[query].full() || (std::isfinite(outside) && listed.back().distance < outside)) return listed;
    Shortlist all(count_);
    for (const uint32_t candidate : candidates_) {
      if (candidate != queries_[query]) all.offer({distance(values, row(candidate)), candidate});
    }
    return all.sorted();
  }

  std::span<const float> matrix_;
  size_t columns_;
  std::span<const uint32_t> queries_;
  std::span<const uint32_t> candidates_;
  size_t count_;
  std::vector<double> query_squares_;
  double greatest_square_ = 0;
  std::vector<float> packed_;
  std::vector<float> products_;
  std::vector<Shortlist> lists_;
};

}  // namespace

std::vector<uint32_t> nearest_rows(std::span<const float> matrix, int64_t columns, std::span<const uint32_t> queries,
                                   std::span<const uint32_t> candidates, int64_t count) {
  if (queries.empty() || count <= 0) return {};
  return Search(matrix, static_cast<size_t>(columns), queries, candidates, static_cast<size_t>(count)).run();
}

}  // namespace voxlake::dataset
