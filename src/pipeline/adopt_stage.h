#pragma once

#include <set>
#include <string>
#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/lake_state.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// Where Data Factory's pipeline leaves what it could not copy: FOLDER/CORPUS/chunk-0000.json, [["NAME.tgz", "why"], …].
inline constexpr const char* failures_folder = "miscellaneous/failures";

/// Registers in bronze/archives what others put into bronze/CORPUS: archives without a row, and such as were changed since their row was
/// written (by size, or by time and then by content); only those of `only`, unless that is empty. Each is read once for its SHA-256. What
/// the failure lists name, and has not come since, is registered as failed. `manifest` gives the addresses; it may be empty. Files that are
/// no archives by their name are left alone. Commits archive by archive in batches, in the order of the files' names: an interrupted run
/// goes on where it stopped.
Result<StageSummary> adopt_bronze(const Context& context, const LakeState& state, const std::vector<corpus::ManifestRow>& manifest,
                                  const std::set<std::string>& only = {});

}  // namespace voxlake::pipeline
