#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/views.h"

/// Other places where the lake's tables can be shown.
namespace voxlake::warehouse {

/// The views that stand for a table of their own and are named in `names` (by view or by folder; all where empty), at their newest
/// versions. not_found for a name that there is not.
Result<std::vector<View>> chosen_views(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                       const std::vector<std::string>& names);

struct Loaded {
  std::string name;
  int64_t rows = 0;
  bool changed = false;  ///< false where that version was there already
};

/// Copies tables into a DuckDB file, as tables, made anew and put in the place of an older one when it is whole.
Result<std::vector<Loaded>> publish_to_duckdb(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                              const std::vector<std::string>& names, const std::string& file);

/// Copies tables into the schema `schema` of the PostgreSQL that libpq's environment names, by binary COPY, all in one transaction: who
/// reads sees every table as it was before or as it is after. A table whose columns are the same is emptied and filled, so that grants and
/// views on it stay and readers never wait. One that is there at the same version is left alone. A table of more than 1,600 columns has its
/// features in one array, `features`, and their names in NAME_columns.
Result<std::vector<Loaded>> publish_to_postgres(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                                const std::vector<std::string>& names, const std::string& schema);

/// The T-SQL that shows tables in a serverless SQL pool of Synapse: a database, a credential of its managed identity, an external data
/// source for each container and a view with typed columns for each table (several where it has more columns than a view may have, 1,024).
/// Running it again changes nothing. `location`: https://ACCOUNT.dfs.core.windows.net, with a container for each layer below it.
Result<std::string> synapse_script(const std::vector<View>& views, const std::shared_ptr<lake::Storage>& storage,
                                   const std::string& database, const std::string& location);

}  // namespace voxlake::warehouse
