#include <algorithm>
#include <filesystem>

#include "warehouse/duckdb.h"
#include "warehouse/publish_to.h"

namespace voxlake::warehouse {

Result<std::vector<View>> chosen_views(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                       const std::vector<std::string>& names) {
  VOXLAKE_ASSIGN(auto views, views_of(storage, default_set));
  if (views.empty()) {
    return failure(ErrorKind::not_found, "there are no tables in the lake " + storage->address(""),
                   "fill it with `voxlake run`, or name another by --lake");
  }
  std::string known;
  std::vector<View> chosen;
  for (View& view : views) {
    if (view.table.empty()) continue;
    known += (known.empty() ? "" : ", ") + view.name;
    const auto wanted = [&](const std::string& name) { return name == view.name || name == view.table; };
    if (names.empty() || std::any_of(names.begin(), names.end(), wanted)) chosen.push_back(std::move(view));
  }
  for (const std::string& name : names) {
    const auto is_it = [&](const View& view) { return view.name == name || view.table == name; };
    if (std::none_of(chosen.begin(), chosen.end(), is_it)) {
      return failure(ErrorKind::not_found, "there is no table " + name, "there are " + known);
    }
  }
  return chosen;
}

Result<std::vector<Loaded>> publish_to_duckdb(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                              const std::vector<std::string>& names, const std::string& file) {
  VOXLAKE_ASSIGN(const auto chosen, chosen_views(storage, default_set, names));
  VOXLAKE_ASSIGN(const auto views, views_of(storage, default_set));
  const std::string work = file + ".part";
  std::error_code error;
  std::filesystem::remove(work, error);
  std::vector<Loaded> loaded;
  {
    VOXLAKE_ASSIGN(Database database, Database::open(work));
    VOXLAKE_TRY(database.show_lake(storage));
    // The lake's views, aside: a table may be made of more than one (the split of a speaker).
    VOXLAKE_TRY(database.execute("CREATE SCHEMA lake; SET search_path = 'lake'"));
    for (const View& view : views) VOXLAKE_TRY(database.execute(create_statement(view)));
    for (const View& view : chosen) {
      VOXLAKE_TRY(database.execute("CREATE TABLE main." + sql_name(view.name) + " AS SELECT * FROM lake." + sql_name(view.name) +
                                   "; COMMENT ON TABLE main." + sql_name(view.name) + " IS " +
                                   sql_literal(view.comment + ", " + view.table + " version " + std::to_string(view.version))));
      VOXLAKE_ASSIGN(const auto count, database.query("SELECT count(*) FROM main." + sql_name(view.name)));
      loaded.push_back({view.name, std::stoll(count.at(0).at(0).value_or("0")), true});
    }
    VOXLAKE_TRY(database.execute("DROP SCHEMA lake CASCADE; CHECKPOINT"));
  }
  std::filesystem::rename(work, file, error);
  if (error) return failure(ErrorKind::io, "cannot write " + file + ": " + error.message());
  return loaded;
}

}  // namespace voxlake::warehouse
