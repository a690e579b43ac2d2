#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace voxlake {

/// The whole number that a JSON value (nlohmann's, of either order) is: 12 or 12.0. Nothing where it is no number, or beyond 64 bits with a
/// sign, which the library would convert without a word, and a float so large without a defined result.
template <typename Json>
std::optional<int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.template get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.template get<int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.template get<double>();
  constexpr double beyond = 9223372036854775808.0;  // 2^63
  if (!(number >= -beyond && number < beyond)) return std::nullopt;
  return static_cast<int64_t>(number);
}

}  // namespace voxlake
