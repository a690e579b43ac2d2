#pragma once

#include <string>

#include "pipeline/run.h"

namespace voxlake::cli {

/// The closing words of a run, for stdout: what the lake holds, what was refused, what it cost, where the report is.
std::string summary_text(const pipeline::RunSummary& summary, const std::string& lake);
/// The same as one JSON object.
std::string summary_json(const pipeline::RunSummary& summary, const std::string& lake);
/// What `--dry-run` says.
std::string plan_text(const pipeline::RunPlan& plan, const std::string& lake);

}  // namespace voxlake::cli
