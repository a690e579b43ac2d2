#pragma once

#include <set>
#include <string>

#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/lake_state.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// The archives whose clips are in silver as configured, and whose features in gold are missing or were made otherwise; and those that have
/// features still while no clip is left of them.
std::set<std::string> archives_without_features(const Context& context, const LakeState& state);

/// Describes the clips of `archives` from silver's signals, and commits their windows in place of those they had. Nothing is fetched or
/// decoded.
Result<StageSummary> refeature(const Context& context, const LakeState& state, const std::set<std::string>& archives);

}  // namespace voxlake::pipeline
