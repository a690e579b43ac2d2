#include "lake/file_statistics.h"

#include <arrow/array.h>
#include <arrow/type.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "lake/commit_identity.h"

namespace voxlake::lake {

namespace {

using OrderedJson = nlohmann::ordered_json;
using Value = std::variant<int64_t, double, std::string>;

constexpr int max_columns = 32;
/// Longer texts (prompts, sentences) are not worth their room in the log.
constexpr size_t max_text_bytes = 128;

/// Delta writes times in statistics with milliseconds; readers must allow for the rounding, the largest is rounded up for those that do
/// not.
std::string time_text(int64_t microseconds, bool up) {
  using namespace std::chrono;
  auto time = sys_time<std::chrono::microseconds>(std::chrono::microseconds(microseconds));
  auto rounded = up ? ceil<milliseconds>(time) : floor<milliseconds>(time);
  auto day = floor<days>(rounded);
  year_month_day date(day);
  hh_mm_ss clock(rounded - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

}  // namespace

bool has_statistics(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::BOOL:
    case arrow::Type::TIMESTAMP: return true;
    default: return false;
  }
}

struct FileStatistics::Column {
  std::string name;
  arrow::Type::type type;
  int64_t nulls = 0;
  bool usable = true;  ///< false once a value was met that has no place in an order (NaN) or no room (a long text)
  std::optional<Value> smallest, largest;

  template <typename T>
  void meet(T value) {
    if (!smallest) {
      smallest = Value(value);
      largest = Value(value);
      return;
    }
    if (value < std::get<T>(*smallest)) smallest = Value(value);
    if (std::get<T>(*largest) < value) largest = Value(value);
  }

  void meet_text(std::string_view value) {
    if (value.size() > max_text_bytes) {
      usable = false;
    } else if (!smallest) {
      smallest = largest = Value(std::string(value));
    } else {
      if (value < std::get<std::string>(*smallest)) smallest = Value(std::string(value));
      if (value > std::get<std::string>(*largest)) largest = Value(std::string(value));
    }
  }

  void meet_row(const arrow::Array& values, int64_t row) {
    switch (type) {
      case arrow::Type::STRING: return meet_text(static_cast<const arrow::StringArray&>(values).GetView(row));
      case arrow::Type::INT32: return meet<int64_t>(static_cast<const arrow::Int32Array&>(values).Value(row));
      case arrow::Type::INT64: return meet<int64_t>(static_cast<const arrow::Int64Array&>(values).Value(row));
      case arrow::Type::TIMESTAMP: return meet<int64_t>(static_cast<const arrow::TimestampArray&>(values).Value(row));
      case arrow::Type::DOUBLE: {
        double value = static_cast<const arrow::DoubleArray&>(values).Value(row);
        if (!std::isfinite(value)) {
          usable = false;
        } else {
          meet<double>(value == 0 ? 0.0 : value);
        }
        return;
      }
      default: usable = false;
    }
  }

  OrderedJson json(const Value& value, bool up) const {
    if (type == arrow::Type::TIMESTAMP) return time_text(std::get<int64_t>(value), up);
    return std::visit([](const auto& plain) { return OrderedJson(plain); }, value);
  }
};

FileStatistics::FileStatistics(const arrow::Schema& schema) : columns_(static_cast<size_t>(schema.num_fields())) {
  int count = 0;
  for (int i = 0; i < schema.num_fields() && count < max_columns; ++i) {
    const auto& field = *schema.field(i);
    if (!has_statistics(*field.type())) continue;
    columns_[static_cast<size_t>(i)] = std::make_unique<Column>(Column{field.name(), field.type()->id(), 0, true, {}, {}});
    ++count;
  }
}

FileStatistics::~FileStatistics() = default;
FileStatistics::FileStatistics(FileStatistics&&) noexcept = default;

void FileStatistics::add(int index, const arrow::Array& values) {
  Column* column = columns_[static_cast<size_t>(index)].get();
  if (column == nullptr) return;
  column->nulls += values.null_count();
  for (int64_t row = 0; column->usable && row < values.length(); ++row) {
    if (!values.IsNull(row)) column->meet_row(values, row);
  }
}

std::string FileStatistics::to_json(int64_t rows) const {
  OrderedJson smallest = OrderedJson::object(), largest = OrderedJson::object(), nulls = OrderedJson::object();
  for (const auto& column : columns_) {
    if (column == nullptr) continue;
    nulls[column->name] = column->nulls;
    if (!column->usable || !column->smallest) continue;
    smallest[column->name] = column->json(*column->smallest, /*up=*/false);
    largest[column->name] = column->json(*column->largest, /*up=*/true);
  }
  OrderedJson object = {{"numRecords", rows}, {"minValues", smallest}, {"maxValues", largest}, {"nullCount", nulls}};
  // A text that is not UTF-8 would change on its way through JSON and bound nothing any more: such statistics are left out whole.
  try {
    return object.dump();
  } catch (const std::exception&) {
    return OrderedJson{{"numRecords", rows}}.dump();
  }
}

ParquetExtent::RowGroup stated_bounds(const delta::AddFile& file, const arrow::Schema& schema, const std::set<std::string>& columns) {
  ParquetExtent::RowGroup group;
  const auto stats = nlohmann::json::parse(file.stats, nullptr, /*allow_exceptions=*/false);
  if (!stats.is_object()) return group;
  const auto bound = [&](const char* key, const std::string& column, arrow::Type::type type) -> std::optional<Value> {
    const auto values = stats.find(key);
    if (values == stats.end() || !values->is_object()) return std::nullopt;
    const auto value = values->find(column);
    if (value == values->end()) return std::nullopt;
    if (type == arrow::Type::STRING && value->is_string()) return Value(value->get<std::string>());
    const bool whole = type == arrow::Type::INT32 || type == arrow::Type::INT64;
    if (whole && value->is_number_integer() && !value->is_number_unsigned()) return Value(value->get<int64_t>());
    if (whole && value->is_number_unsigned() && value->get<uint64_t>() <= INT64_MAX) return Value(value->get<int64_t>());
    if (type == arrow::Type::DOUBLE && value->is_number()) return Value(value->get<double>());
    return std::nullopt;
  };
  for (const std::string& name : columns) {
    const auto field = schema.GetFieldByName(name);
    if (field == nullptr) continue;
    const arrow::Type::type type = field->type()->id();
    ParquetExtent::Column& column = group.columns[name];
    column.smallest = bound("minValues", name, type);
    if (type != arrow::Type::DOUBLE || is_data_file_name(file.path)) column.largest = bound("maxValues", name, type);
  }
  return group;
}

StringBounds::StringBounds(std::string_view stats, const std::string& column) {
  auto object = nlohmann::json::parse(stats, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return;
  auto bound = [&](const char* key, std::string& target) {
    auto values = object.find(key);
    if (values == object.end() || !values->is_object()) return false;
    auto value = values->find(column);
    if (value == values->end() || !value->is_string()) return false;
    target = value->get<std::string>();
    return true;
  };
  known_ = bound("minValues", smallest_) && bound("maxValues", largest_);
}

bool StringBounds::may_hold(std::string_view value) const {
  // Other writers cut long texts short: a cut largest value ends in a filler that is above any text, so comparing whole texts stays right.
  return !known_ || (smallest_ <= value && value <= largest_);
}

}  // namespace voxlake::lake
