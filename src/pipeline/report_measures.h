#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/table.h"
#include "report/report_data.h"

namespace voxlake::pipeline {

/// Windows of the clips that are asked for, by utterance_id.
using WindowsByClip = std::map<std::string, std::vector<report::ClipWindow>>;

/// What gold/features says of one corpus.
struct Measures {
  report::MeasureFacts facts;
  int64_t windows = 0;
};

/// Reads the few columns that people know by name. The spreads come from at most `most_windows` windows of each gender, chosen by a hash of
/// their names: the same ones every time, whatever their order. Fills the lists of `windows` for the clips that are in it.
Result<Measures> measure_windows(const lake::Table& table, const std::string& corpus, const std::string& set,
                                 const std::vector<std::string>& columns, WindowsByClip& windows, size_t most_windows = 4000);

}  // namespace voxlake::pipeline
