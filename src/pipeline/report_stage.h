#pragma once

#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/observer.h"
#include "pipeline/run.h"
#include "report/report_data.h"

namespace voxlake::pipeline {

inline constexpr const char* report_path = "report.html";

/// What the lake holds of this corpus (speakers and dataset: of all corpora), and what the run so far did to it, for the page to show.
/// Tables that are not there yet leave their part empty. Memory: a row group of each table at a time, a few numbers for each clip and
/// speaker, some thousand windows, and one example clip; `signal` columns are not read.
Result<report::ReportData> collect_report(const Context& context, const RunSummary& summary);

/// Writes report.html into the lake and puts its address into `summary.report`. Does nothing else (ran = false) where other stages went
/// before it, none of them had anything to do, and the report that is there shows these very versions of the tables.
Result<StageSummary> write_report(const Context& context, RunSummary& summary);

}  // namespace voxlake::pipeline
