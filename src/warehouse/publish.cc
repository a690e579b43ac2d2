#include "warehouse/publish.h"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "files/whole_file.h"
#include "warehouse/duckdb.h"

namespace voxlake::warehouse {

namespace {

namespace fs = std::filesystem;

constexpr const char* note_path = "miscellaneous/warehouse.json";

/// A folder for the file in the making, removed when done: DuckDB writes to local disks only, and keeps other files beside a database.
class WorkFolder {
 public:
  WorkFolder() {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "voxlake-warehouse-XXXXXX").string();
    if (!error && ::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What the warehouse shows: enough to tell whether it is up to date. Views without a table are told by their text.
std::string note_of(const std::vector<View>& views, const lake::Storage& storage) {
  nlohmann::ordered_json shown = nlohmann::ordered_json::array();
  for (const View& view : views) {
    nlohmann::ordered_json entry = {{"view", view.name}};
    if (view.table.empty()) {
      entry["sql"] = view.sql;
    } else {
      entry["table"] = view.table;
      entry["version"] = view.version;
    }
    shown.push_back(std::move(entry));
  }
  nlohmann::ordered_json note = {{"lake", storage.address("")}, {"views", std::move(shown)}};
  return note.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// `abfss://CONTAINER@HOST/x` as DuckDB writes it: `abfss://HOST/CONTAINER/x`.
std::string duckdb_address(const std::string& address) {
  const size_t start = address.find("://") + 3;
  const size_t at = address.find('@');
  const size_t slash = address.find('/', start);
  if (at == std::string::npos || slash == std::string::npos || at > slash) return address;
  return address.substr(0, start) + address.substr(at + 1, slash - at - 1) + "/" + address.substr(start, at - start) +
         address.substr(slash);
}

/// The query that any DuckDB with the azure extension reads a table's files by.
std::string extension_query(const lake::Table& table) {
  std::string files;
  for (const lake::DataFile& file : table.files()) files += (files.empty() ? "" : ", ") + sql_literal(duckdb_address(table.address(file)));
  if (files.empty()) return empty_query(*table.schema());
  return "SELECT * FROM read_parquet([" + files + "], union_by_name = true)";
}

/// The statements that make the views.
std::string script_of(const std::vector<View>& views, const lake::Storage& storage) {
  std::string script = "-- The views of " + storage.address("") +
                       ", written by `voxlake publish`.\n"
                       "-- duckdb -init warehouse.sql, after CREATE SECRET (TYPE azure, PROVIDER credential_chain, ACCOUNT_NAME '...').\n"
                       "INSTALL azure;\nLOAD azure;\n";
  for (const View& view : views) script += create_statement(view);
  return script;
}

Status write_database(const std::string& file, const std::vector<View>& views) {
  VOXLAKE_ASSIGN(Database database, Database::open(file));
  for (const View& view : views) VOXLAKE_TRY(database.execute(create_statement(view)));
  return database.execute("CHECKPOINT");
}

}  // namespace

const char* warehouse_file(const lake::Storage& storage) {
  return storage.local_file(warehouse_path) ? warehouse_path : warehouse_script_path;
}

Result<Published> publish(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set) {
  Published published;
  const bool by_script = !storage->local_file(warehouse_path);
  VOXLAKE_ASSIGN(published.views, views_over(storage, default_set, {}, by_script ? extension_query : table_query));
  const std::string note = note_of(published.views, *storage);
  Result<std::string> known = storage->read(note_path);
  if (known && *known == note && storage->info(warehouse_file(*storage))) return published;
  if (by_script) {
    VOXLAKE_TRY(storage->put(warehouse_script_path, script_of(published.views, *storage)));
    VOXLAKE_TRY(storage->put(note_path, note));
    published.changed = true;
    return published;
  }

  WorkFolder folder;
  if (folder.path().empty())
    return failure(ErrorKind::io, "cannot make a temporary folder for the warehouse", "set TMPDIR to a folder with some space");
  const std::string file = folder.path() + "/" + warehouse_path;
  VOXLAKE_TRY(write_database(file, published.views));
  VOXLAKE_ASSIGN(std::string bytes, files::read_whole_file(file, "the warehouse"));
  VOXLAKE_TRY(storage->put(warehouse_path, bytes));
  VOXLAKE_TRY(storage->put(note_path, note));
  published.changed = true;
  return published;
}

}  // namespace voxlake::warehouse
