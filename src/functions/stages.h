#pragma once

#include <atomic>

#include "config/settings.h"
#include "error/result.h"
#include "functions/request.h"
#include "pipeline/observer.h"

namespace voxlake::functions {

/// Runs the stages that `request` asks for, with the settings in force and its own fields above them, and gives what was made. Only what
/// the lake lacks is done. decode registers first what is in bronze without a row, since Data Factory puts it there. Where neither the
/// request nor the settings name a corpus, it is the one whose manifest the lake has.
Result<Json> perform_request(const config::Resolved& resolved, const Request& request, pipeline::Observer& observer,
                             const std::atomic<bool>& stop);

/// What the lake holds and what is left to do, as `voxlake status --json` says it.
Result<Json> describe_lake(const config::Resolved& resolved, const Request& request);

}  // namespace voxlake::functions
