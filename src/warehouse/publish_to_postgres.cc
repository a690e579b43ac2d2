#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "lake/table.h"
#include "warehouse/copy_binary.h"
#include "warehouse/duckdb.h"
#include "warehouse/postgres_connection.h"
#include "warehouse/publish_to.h"

namespace voxlake::warehouse {

namespace {

constexpr int64_t rows_at_once = 256;  ///< of signals, some megabytes

/// PostgreSQL's literals are as DuckDB's while backslashes mean nothing in them (standard_conforming_strings, on since 9.1).
std::string version_note(const View& view, const lake::Storage& storage) {
  return view.comment + ", " + view.table + " version " + std::to_string(view.version) + " of " + storage.address("");
}

class Publisher {
 public:
  Publisher(PostgresConnection connection, std::shared_ptr<lake::Storage> storage, std::string schema)
      : connection_(std::move(connection)), storage_(std::move(storage)), schema_(std::move(schema)) {}

  Result<std::vector<Loaded>> run(const std::vector<View>& views) {
    VOXLAKE_TRY(connection_.execute("BEGIN; SET LOCAL standard_conforming_strings = on"));
    VOXLAKE_TRY(connection_.query("SELECT pg_advisory_xact_lock(hashtext('voxlake publish'))"));
    VOXLAKE_TRY(connection_.execute("CREATE SCHEMA IF NOT EXISTS " + sql_name(schema_)));
    std::vector<Loaded> loaded;
    for (const View& view : views) {
      VOXLAKE_ASSIGN(auto each, publish(view));
      loaded.push_back(std::move(each));
    }
    VOXLAKE_TRY(connection_.execute("COMMIT"));
    return loaded;
  }

 private:
  std::string name_of(const std::string& table) const { return sql_name(schema_) + "." + sql_name(table); }

  Result<Loaded> publish(const View& view) {
    VOXLAKE_ASSIGN(const auto table, lake::Table::open(storage_, view.table, view.version));
    Loaded loaded{view.name, table.rows(), true};
    const std::string name = name_of(view.name), note = version_note(view, *storage_);
    VOXLAKE_ASSIGN(const auto known, connection_.query("SELECT obj_description(to_regclass(" + sql_literal(name) + "))"));
    if (known.at(0).at(0) == note) {
      loaded.changed = false;
      return loaded;
    }
    const PostgresLayout layout = postgres_layout(*table.schema());
    VOXLAKE_TRY(make_room(name, layout));
    VOXLAKE_TRY(fill(name, layout, table));
    if (!layout.packed.empty()) VOXLAKE_TRY(name_columns(name_of(view.name + "_columns"), layout.packed));
    VOXLAKE_TRY(connection_.execute("COMMENT ON TABLE " + name + " IS " + sql_literal(note)));
    return loaded;
  }

  /// An empty table of these columns: the one that is there, or a new one.
  Status make_room(const std::string& name, const PostgresLayout& layout) {
    VOXLAKE_ASSIGN(const auto there,
                   connection_.query("SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute WHERE attrelid = "
                                     "to_regclass(" +
                                     sql_literal(name) + ") AND attnum > 0 AND NOT attisdropped ORDER BY attnum"));
    std::string columns;
    for (const auto& column : layout.columns) {
      columns += (columns.empty() ? "" : ", ") + sql_name(column.name) + " " + column.type + (column.nullable ? "" : " NOT NULL");
    }
    const bool same =
        std::equal(there.begin(), there.end(), layout.columns.begin(), layout.columns.end(), [](const auto& row, const auto& column) {
          return row[0] == column.name && row[1] == column.type && (row[2] == "t") == column.nullable;
        });
    if (same) return connection_.execute("DELETE FROM " + name);
    return connection_.execute("DROP TABLE IF EXISTS " + name + "; CREATE TABLE " + name + " (" + columns + ")");
  }

  Status fill(const std::string& name, const PostgresLayout& layout, const lake::Table& table) {
    std::string columns;
    for (const auto& column : layout.columns) columns += (columns.empty() ? "" : ", ") + sql_name(column.name);
    VOXLAKE_TRY(connection_.begin_copy("COPY " + name + " (" + columns + ") FROM STDIN (FORMAT binary)"));
    VOXLAKE_TRY(connection_.copy(CopyBinary::header()));
    const CopyBinary encoder(table.schema());
    VOXLAKE_TRY(table.scan({}, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
      for (int64_t row = 0; row < batch->num_rows(); row += rows_at_once) {
        VOXLAKE_ASSIGN(const std::string bytes, encoder.rows(*batch, row, std::min(rows_at_once, batch->num_rows() - row)));
        VOXLAKE_TRY(connection_.copy(bytes));
      }
      return {};
    }));
    VOXLAKE_TRY(connection_.copy(CopyBinary::trailer()));
    return connection_.end_copy();
  }

  Status name_columns(const std::string& name, const std::vector<std::string>& columns) {
    std::string rows;
    for (size_t i = 0; i < columns.size(); ++i) {
      rows += (i == 0 ? "(" : ", (") + std::to_string(i + 1) + ", " + sql_literal(columns[i]) + ")";
    }
    return connection_.execute("DROP TABLE IF EXISTS " + name + "; CREATE TABLE " + name +
                               " (place integer PRIMARY KEY, name text NOT NULL); INSERT INTO " + name + " VALUES " + rows +
                               "; COMMENT ON TABLE " + name + " IS 'What stands at each place of the array features'");
  }

  PostgresConnection connection_;
  std::shared_ptr<lake::Storage> storage_;
  std::string schema_;
};

}  // namespace

Result<std::vector<Loaded>> publish_to_postgres(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                                const std::vector<std::string>& names, const std::string& schema) {
  VOXLAKE_ASSIGN(const auto views, chosen_views(storage, default_set, names));
  VOXLAKE_ASSIGN(auto connection, PostgresConnection::open());
  return Publisher(std::move(connection), storage, schema).run(views);  // a connection that is closed early rolls back
}

}  // namespace voxlake::warehouse
