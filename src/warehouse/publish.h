#pragma once

#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/views.h"

namespace voxlake::warehouse {

inline constexpr const char* warehouse_path = "warehouse.duckdb";

struct Published {
  bool changed = false;  ///< false where the warehouse showed these versions already
  std::vector<View> views;
};

/// Writes `warehouse.duckdb` at the lake's root: a view for each table at its newest version (see views.h), so that any DuckDB opens the
/// lake by one file. Readers of the old file are not disturbed. What it shows is noted in `miscellaneous/warehouse.json`: where nothing
/// changed since, nothing is done. A lake that was moved to another folder must be published again.
Result<Published> publish(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set);

}  // namespace voxlake::warehouse
