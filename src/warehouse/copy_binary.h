#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace voxlake::warehouse {

/// Columns beyond which a table finds no room in PostgreSQL (1,600): its float columns then go into one array, `features`, in their order.
inline constexpr int most_postgres_columns = 1600;

/// A table's columns in PostgreSQL.
struct PostgresLayout {
  struct Column {
    std::string name;
    std::string type;  ///< text, integer, bigint, real, double precision, boolean, timestamp with time zone, real[] …
    bool nullable = true;
  };
  std::vector<Column> columns;
  std::vector<std::string> packed;  ///< the columns that `features` holds, in its order; empty where each has its own
};
PostgresLayout postgres_layout(const arrow::Schema& schema);

/// Rows in the binary format of PostgreSQL's COPY (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4).
class CopyBinary {
 public:
  explicit CopyBinary(std::shared_ptr<arrow::Schema> schema);
  static std::string header();
  static std::string trailer();
  /// The rows from `offset` on, `count` of them, of a batch of the schema. Texts lose their NUL characters, which PostgreSQL cannot hold.
  Result<std::string> rows(const arrow::RecordBatch& batch, int64_t offset, int64_t count) const;

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> single_;  ///< columns of their own, by the schema's index
  std::vector<int> packed_;
};

}  // namespace voxlake::warehouse
