#pragma once

#include <string>
#include <string_view>

#include "error/result.h"
#include "report/report_data.h"

namespace voxlake::report {

/// The outcome in one sentence, in plain text: "73 archives → 612 clips → 1,904 windows from 31 speakers in 12.3 s; 14 inputs refused". The
/// time is said only of a run that made all of it; "brought up to date in 1.2 s" of one that made a part; nothing of one that made none.
std::string outcome(const ReportData& data);

/// What the page that begins with `beginning` (its first 4 kB are enough) carries as RunFacts::tables; empty where it carries none.
std::string tables_of(std::string_view beginning);

/// The report: one HTML page in UTF-8 that needs nothing else, its scripts, styles and data inlined, and whose content security policy
/// forbids it any request. Text that is not UTF-8 has its bad bytes replaced. Thread safe. internal where the page's own pieces do not fit.
Result<std::string> render(const ReportData& data);

}  // namespace voxlake::report
