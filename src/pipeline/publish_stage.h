#pragma once

#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// Registers the lake's tables in its warehouse (warehouse.duckdb): a view a table, over the newest versions. Does nothing (ran = false)
/// where the warehouse shows these versions already.
Result<StageSummary> publish_lake(const Context& context);

}  // namespace voxlake::pipeline
