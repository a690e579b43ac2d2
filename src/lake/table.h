#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"

namespace arrow {
class RecordBatch;
class Schema;
class Table;
}  // namespace arrow

namespace voxlake::lake {

/// A data file of a table, as its Delta log names it.
struct DataFile {
  std::string path;  ///< relative to the table's folder
  int64_t bytes = 0;
  int64_t rows = 0;
};

/// A Delta table (reader 1, writer 2) at one version. A value: copying it is cheap, `refresh` moves it to the newest version.
/// Not thread safe; two Tables of one folder may be used by two threads.
class Table {
 public:
  /// The newest version of the table in folder `path`. not_found where there is none; unsupported where it asks for a protocol
  /// or feature that Voxlake does not know.
  static Result<Table> open(std::shared_ptr<Storage> storage, std::string path);
  /// The same, made empty (version 0) with `schema` where there is none. Columns of `schema` that an existing table lacks are added.
  static Result<Table> open_or_create(std::shared_ptr<Storage> storage, std::string path, std::shared_ptr<arrow::Schema> schema);

  Status refresh();
  const std::string& path() const { return path_; }
  int64_t version() const;
  std::shared_ptr<arrow::Schema> schema() const;
  const std::vector<DataFile>& files() const;  ///< in the order in which they were added
  int64_t rows() const;
  /// The last transaction number that application `app_id` committed (Delta's `txn`), if any.
  std::optional<int64_t> transaction(std::string_view app_id) const;

  /// Calls `visit` with the rows, file by file, a row group at a time; only `columns` are read (all where empty).
  Status scan(const std::vector<std::string>& columns,
              const std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>& visit) const;
  /// The same in one piece: for small tables and few columns.
  Result<std::shared_ptr<arrow::Table>> read(const std::vector<std::string>& columns = {}) const;

  struct State;

 private:
  friend class Commit;
  std::shared_ptr<Storage> storage_;
  std::string path_;
  std::shared_ptr<const State> state_;
};

/// How a commit's Parquet files are laid out.
struct WriteOptions {
  int64_t target_file_bytes = 64 << 20;       ///< a new data file begins past this (estimated, uncompressed)
  int64_t target_row_group_bytes = 32 << 20;  ///< buffered at most, then written as a row group
};

/// One commit to a table in the making: rows are written to data files as they come (unseen by readers), and one atomic log entry makes
/// them visible together with what they replace. Dropped without `finish`, it changes nothing. Not thread safe.
class Commit {
 public:
  Commit(Table& table, WriteOptions options = {});
  ~Commit();
  Commit(Commit&&) noexcept;
  Commit(const Commit&) = delete;

  /// Appends rows; the batch's columns are matched to the table's by name, missing nullable ones are null.
  Status append(const arrow::RecordBatch& batch);
  /// The commit also removes every row whose string column `column` has one of `values`: files without such rows stay as they are, others
  /// are rewritten without them. Rows appended by this commit are not touched.
  void remove_where(std::string column, std::set<std::string> values);
  /// The commit also removes every row that the table has now.
  void remove_all();
  /// Marks the commit as transaction `number` of `app_id`: `finish` on a table that has it already changes nothing and is a success.
  void set_transaction(std::string app_id, int64_t number);
  /// Adds an entry to the log's commitInfo (operationParameters), a string each.
  void describe(std::string operation, std::map<std::string, std::string> parameters = {});
  int64_t rows() const;   ///< appended so far
  int64_t bytes() const;  ///< estimated, uncompressed, appended so far
  /// Writes what is buffered and the log entry; retries on a conflict that allows it. The table is at the new version after. Returns that
  /// version.
  Result<int64_t> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::lake
