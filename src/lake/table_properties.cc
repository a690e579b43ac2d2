#include "lake/table_properties.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace voxlake::lake {

namespace {

constexpr int64_t default_checkpoint_interval = 10;

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr Unit units[] = {{"nanosecond", 1e-6}, {"microsecond", 1e-3}, {"millisecond", 1}, {"second", 1e3},
                          {"minute", 60e3},     {"hour", 3600e3},      {"day", 86400e3},   {"week", 7 * 86400e3}};

std::optional<double> unit_ms(std::string_view name) {
  if (name.ends_with('s')) name.remove_suffix(1);
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.milliseconds;
  }
  return std::nullopt;
}

std::string value_of(const TableProperties& properties, const char* name) {
  auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

}  // namespace

std::optional<int64_t> parse_interval_ms(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::istringstream words(lower);
  std::string word, unit;
  if (!(words >> word)) return std::nullopt;
  if (word == "interval" && !(words >> word)) return std::nullopt;
  double total = 0;
  do {
    double count = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (error != std::errc() || end != word.data() + word.size() || count < 0 || !(words >> unit)) return std::nullopt;
    auto each = unit_ms(unit);
    if (!each) return std::nullopt;
    total += count * *each;
  } while (words >> word);
  constexpr double longest = 1e15;  // tens of thousands of years
  return total > longest ? std::nullopt : std::optional<int64_t>(static_cast<int64_t>(total));
}

int64_t checkpoint_interval(const TableProperties& properties) {
  const std::string text = value_of(properties, "delta.checkpointInterval");
  int64_t interval = default_checkpoint_interval;
  std::from_chars(text.data(), text.data() + text.size(), interval);
  return std::max<int64_t>(interval, 1);
}

Retention retention_of(const TableProperties& properties, const Retention& otherwise) {
  return {parse_interval_ms(value_of(properties, "delta.logRetentionDuration")).value_or(otherwise.log_ms),
          parse_interval_ms(value_of(properties, "delta.deletedFileRetentionDuration")).value_or(otherwise.file_ms)};
}

bool cleans_log(const TableProperties& properties) {
  return value_of(properties, "delta.enableExpiredLogCleanup") != "false";
}

bool is_append_only(const TableProperties& properties) {
  return value_of(properties, "delta.appendOnly") == "true";
}

}  // namespace voxlake::lake
