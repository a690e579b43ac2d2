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
#include "lake/table_properties.h"
#include "scratch/limits.h"

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
  /// The newest version of the table in folder `path`, or the one asked for. not_found where there is none; unsupported where it asks for a
  /// protocol or feature that Voxlake does not know.
  static Result<Table> open(std::shared_ptr<Storage> storage, std::string path, std::optional<int64_t> version = std::nullopt);
  /// The same, made empty (version 0) with `schema` where there is none. Columns of `schema` that an existing table lacks are added;
  /// conflict where it has one of another type.
  static Result<Table> open_or_create(const std::shared_ptr<Storage>& storage, const std::string& path,
                                      const std::shared_ptr<arrow::Schema>& schema);

  /// The table as it was at `time_ms` (milliseconds since 1970, UTC): its newest version of then. not_found where it had none yet, or where
  /// that one has been cleaned away.
  static Result<Table> open_at(std::shared_ptr<Storage> storage, std::string path, int64_t time_ms);

  /// Moves to the newest version.
  Status refresh();
  const std::string& path() const { return path_; }
  int64_t version() const;
  std::shared_ptr<arrow::Schema> schema() const;
  const TableProperties& properties() const;   ///< as the table's metadata has them
  const std::vector<DataFile>& files() const;  ///< in the order in which they were added
  int64_t rows() const;
  /// Whether some data files may lack columns of the table: columns were added to it, or another program wrote files.
  bool files_may_differ() const;
  /// Whether rows or columns may have changed since `version`: false where every commit after it only moved rows between files. True where
  /// the log no longer tells.
  Result<bool> changed_since(int64_t version) const;
  /// The last transaction number that application `app_id` committed (Delta's `txn`), if any.
  std::optional<int64_t> transaction(std::string_view app_id) const;

  /// The absolute path or URL of a data file, as other programs open it.
  std::string address(const DataFile& file) const;
  const std::shared_ptr<Storage>& storage() const { return storage_; }

  /// Calls `visit` with the rows, file by file, a row group at a time; only `columns` are read (all where empty). `limits`: see
  /// scan_data_file.
  Status scan(const std::vector<std::string>& columns, const std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>& visit,
              const scratch::Limits& limits = {}) const;
  /// The same in one piece: for small tables and few columns.
  Result<std::shared_ptr<arrow::Table>> read(const std::vector<std::string>& columns = {}) const;

  struct State;
  /// What the log says (table_state.h).
  const State& state() const { return *state_; }

 private:
  friend class Commit;
  Table(std::shared_ptr<Storage> storage, std::string path, std::shared_ptr<const State> state);
  std::shared_ptr<Storage> storage_;
  std::string path_;
  std::shared_ptr<const State> state_;
};

/// How a commit's Parquet files are laid out.
struct WriteOptions {
  int64_t target_file_bytes = 64 << 20;       ///< a new data file begins past this (estimated, uncompressed)
  int64_t target_row_group_bytes = 32 << 20;  ///< buffered at most, then written as a row group
  scratch::Limits scratch = {};               ///< where of a file in the making what is more than a file's usual size goes
  Retention retention = {};                   ///< for the checkpoint and clean-up that a commit may bring
};

/// One commit to a table in the making: rows are written to data files as they come (unseen by readers), and one atomic log entry makes
/// them visible together with what they replace. Dropped without `finish`, it changes nothing in the table; some data files that were
/// written by then may stay behind, unseen, until they are cleaned up: their names come from their content, so that the same commit made
/// again writes the same files, and another writer may just be about to commit them. Not thread safe. `table` must outlive it.
class Commit {
 public:
  explicit Commit(Table& table, WriteOptions options = {});
  ~Commit();
  Commit(Commit&&) noexcept;
  Commit(const Commit&) = delete;

  /// Appends rows; the batch's columns are matched to the table's by name, missing nullable ones are null. invalid_argument where a column
  /// is unknown to the table, has another type, or has nulls that the table forbids.
  Status append(const arrow::RecordBatch& batch);
  /// The commit also removes every row whose string column `column` has one of `values`: files without such rows stay as they are, others
  /// are rewritten without them. Rows appended by this commit are not touched.
  void remove_where(std::string column, std::set<std::string> values);
  /// The same for rows of which every column named has one of its values: {"corpus", {"a"}}, {"archive", {"x", "y"}}.
  void remove_where(std::map<std::string, std::set<std::string>> condition);
  /// The commit also removes every row that the table has when it is committed.
  void remove_all();
  /// The same, and the table has `schema` from this commit on. Before any append.
  Status replace_all(std::shared_ptr<arrow::Schema> schema);
  /// Marks the commit as transaction `number` of `app_id`: `finish` on a table that has it already changes nothing and is a success.
  void set_transaction(std::string app_id, int64_t number);
  /// Adds an entry to the log's commitInfo (operationParameters), a string each.
  void describe(std::string operation, std::map<std::string, std::string> parameters = {});
  int64_t rows() const;   ///< appended so far
  int64_t bytes() const;  ///< estimated, uncompressed, appended so far
  /// Writes what is buffered and the log entry. Where another writer was first, what it changed is looked at and the removals are worked
  /// out anew; conflict where the table's columns no longer fit. The table is at the new version after; returns that version. Without rows,
  /// removals or transaction there is nothing to commit: the version stays.
  Result<int64_t> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::lake
