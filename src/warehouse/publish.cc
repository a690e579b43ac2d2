#include "warehouse/publish.h"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

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

Status write_database(const std::string& file, const std::vector<View>& views) {
  VOXLAKE_ASSIGN(Database database, Database::open(file));
  for (const View& view : views) VOXLAKE_TRY(database.execute(create_statement(view)));
  return database.execute("CHECKPOINT");
}

Result<std::string> whole_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) return failure(ErrorKind::io, "cannot read " + file);
  return std::move(bytes).str();
}

}  // namespace

Result<Published> publish(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set) {
  Published published;
  VOXLAKE_ASSIGN(published.views, views_of(storage, default_set));
  const std::string note = note_of(published.views, *storage);
  Result<std::string> known = storage->read(note_path);
  if (known && *known == note && storage->info(warehouse_path)) return published;

  WorkFolder folder;
  if (folder.path().empty())
    return failure(ErrorKind::io, "cannot make a temporary folder for the warehouse", "set TMPDIR to a folder with some space");
  const std::string file = folder.path() + "/" + warehouse_path;
  VOXLAKE_TRY(write_database(file, published.views));
  VOXLAKE_ASSIGN(std::string bytes, whole_file(file));
  VOXLAKE_TRY(storage->put(warehouse_path, bytes));
  VOXLAKE_TRY(storage->put(note_path, note));
  published.changed = true;
  return published;
}

}  // namespace voxlake::warehouse
