#pragma once

#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/views.h"

namespace voxlake::warehouse {

inline constexpr const char* warehouse_path = "warehouse.duckdb";
inline constexpr const char* warehouse_script_path = "warehouse.sql";
/// What `publish` writes for a lake there: the database, or for a lake that is not on this machine's disks the script.
const char* warehouse_file(const lake::Storage& storage);

struct Published {
  bool changed = false;  ///< false where the warehouse showed these versions already
  std::vector<View> views;
};

/// Writes `warehouse.duckdb` at the lake's root: a view for each table at its newest version (see views.h), so that any DuckDB opens the
/// lake by one file. Readers of the old file are not disturbed. What it shows is noted in `miscellaneous/warehouse.json`: where nothing
/// changed since, nothing is done. A lake that was moved to another folder must be published again.
///
/// For a lake in Azure storage it is `warehouse.sql`: the same views as statements, for a DuckDB with its azure extension. To make a
/// database of them, that extension and the lake's credential would have to be at hand here.
Result<Published> publish(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set);

}  // namespace voxlake::warehouse
