#pragma once

#include <vector>

#include "error/result.h"
#include "lake/rows.h"
#include "pipeline/context.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// Makes silver/speakers out of silver/utterances (of all corpora in the lake): who speaks, how much, and in which part. Speakers that have
/// a part keep it. A speaker whose clips disagree on gender takes the majority of those that name one, and the observer is told. Commits
/// only where a row changed.
Result<StageSummary> split_speakers(const Context& context);

/// The rows that `split_speakers` would commit, and the speakers whose clips disagree on gender.
struct SpeakerTable {
  std::vector<lake::SpeakerRow> rows;  ///< by speaker
  std::vector<std::string> disagreeing;
};
SpeakerTable make_speakers(const std::vector<lake::UtteranceRow>& clips, const std::vector<lake::SpeakerRow>& present,
                           const config::Settings& settings);

}  // namespace voxlake::pipeline
