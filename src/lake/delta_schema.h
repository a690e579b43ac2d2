#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "error/result.h"

namespace arrow {
class DataType;
class Schema;
}  // namespace arrow

namespace voxlake::lake::delta {

/// The `schemaString` of a schema of string, int32, int64, double, float, bool, timestamp (microseconds, UTC) and lists of these;
/// unsupported where a column is something else.
Result<std::string> to_schema_string(const arrow::Schema& schema);
/// And back. List elements are named `element`, as Parquet and Spark name them.
Result<std::shared_ptr<arrow::Schema>> parse_schema_string(std::string_view text, const std::string& table);

/// How a type is told to people: "float", "array of float".
std::string type_name(const arrow::DataType& type);

/// `current` with the columns of `wanted` that it lacks added at its end, nullable as they must be in rows that are there already. Conflict
/// where a column has another type. The result is `current` itself where nothing is missing.
Result<std::shared_ptr<arrow::Schema>> merged_schema(const std::shared_ptr<arrow::Schema>& current, const arrow::Schema& wanted,
                                                     const std::string& table);

}  // namespace voxlake::lake::delta
