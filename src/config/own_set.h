#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "error/result.h"

namespace voxlake::config {

/// A value of the file, and where it stands.
struct Node {
  using List = std::vector<Node>;
  using Table = std::vector<std::pair<std::string, Node>>;

  std::string place;  ///< `voxlake.toml:12:3`
  /// Lists and tables are held by pointer, since they are of this very type.
  std::variant<bool, int64_t, double, std::string, std::shared_ptr<const List>, std::shared_ptr<const Table>> value;

  /// Null where it is something else.
  template <typename T>
  const T* as() const {
    if constexpr (std::is_same_v<T, List> || std::is_same_v<T, Table>) {
      const auto* held = std::get_if<std::shared_ptr<const T>>(&value);
      return held == nullptr ? nullptr : held->get();
    } else {
      return std::get_if<T>(&value);
    }
  }
};

/// A feature set of the user's own, a table `[features.sets.NAME]`: its name and its sample rate are checked, the rest is as it stands in
/// the file. What it may hold is known where sets are made (pipeline/feature_sets.h).
struct OwnSet {
  std::string name;
  std::string place;
  int64_t rate = 16'000;  ///< Hz
  Node::Table fields;     ///< without the rate
};

inline constexpr int64_t lowest_rate = 8'000;
inline constexpr int64_t highest_rate = 48'000;

/// Reads the table `features.sets`. invalid_argument, with the place, for a name that cannot be a folder's, for what is not a table, and
/// for a rate that is not a whole number from lowest_rate to highest_rate.
Result<std::vector<OwnSet>> read_own_sets(const Node& sets);

}  // namespace voxlake::config
