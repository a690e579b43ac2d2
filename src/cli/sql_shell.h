#pragma once

#include <memory>

#include "error/result.h"
#include "lake/storage.h"
#include "warehouse/sql.h"

namespace voxlake::cli {

/// A conversation: statements up to a `;`, over as many lines as they need, and commands that begin with a dot. On a terminal with editing,
/// history and completion; otherwise stdin's statements one after another, up to the first that fails.
Status run_sql_shell(const std::shared_ptr<lake::Storage>& storage, const warehouse::SqlOptions& options, double rate_per_tb);

/// Prints what a query would cost.
Status print_cost(const std::shared_ptr<lake::Storage>& storage, const std::string& sql, const warehouse::SqlOptions& options,
                  double rate_per_tb, bool json);

}  // namespace voxlake::cli
