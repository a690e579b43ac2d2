#include "lake/table_listing.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "lake/schemas.h"

namespace voxlake::lake {

Result<std::vector<std::string>> list_tables(Storage& storage) {
  constexpr std::string_view log = "/_delta_log/";
  std::set<std::string> tables;
  VOXLAKE_ASSIGN(const auto files, storage.list(""));
  for (const FileInfo& file : files) {
    const size_t end = file.path.rfind(log);
    if (end != std::string::npos && file.path.ends_with(".json")) tables.insert(file.path.substr(0, end));
  }
  return std::vector<std::string>(tables.begin(), tables.end());
}

Result<std::string> find_table(Storage& storage, const std::string& name, const std::string& default_set) {
  std::string wanted = name;
  while (wanted.ends_with('/')) wanted.pop_back();
  if (wanted == "features") wanted = features_path(default_set);
  if (wanted == "dataset") wanted = dataset_path(default_set);
  VOXLAKE_ASSIGN(const auto tables, list_tables(storage));
  if (std::find(tables.begin(), tables.end(), wanted) != tables.end()) return wanted;
  std::vector<std::string> fitting;
  std::string names;
  for (const std::string& table : tables) {
    names += (names.empty() ? "" : ", ") + table;
    if (table.ends_with("/" + wanted)) fitting.push_back(table);
  }
  if (fitting.size() == 1) return fitting.front();
  if (tables.empty()) {
    return failure(ErrorKind::not_found, "there are no tables in the lake " + storage.address(""),
                   "fill it with `voxlake run`, or name another by --lake");
  }
  return failure(ErrorKind::not_found, (fitting.empty() ? "there is no table " : "there are several tables ") + name, "there are " + names);
}

}  // namespace voxlake::lake
