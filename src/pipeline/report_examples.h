#pragma once

#include <map>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/rows.h"
#include "pipeline/context.h"
#include "report/report_data.h"

namespace voxlake::pipeline {

/// Where an archive is in the lake, by its name.
using ArchivePaths = std::map<std::string, std::string>;
/// The part that a speaker was dealt to, by the speaker's name.
using SpeakerSplits = std::map<std::string, std::string>;

/// Draws one clip for each list of choices: the first that can be drawn and whose speaker is not on the page yet, else the first that is
/// not on the page itself. Their recordings are decoded again from bronze, since silver keeps only what the trim left. Clips whose archive
/// is gone, or differs from what silver was made of, are passed over. Fails only when the lake can't be read at all or the user interrupts.
Result<std::vector<report::ExampleClip>> draw_examples(const Context& context, const std::vector<std::vector<lake::UtteranceRow>>& choices,
                                                       const ArchivePaths& archives, const SpeakerSplits& splits);

}  // namespace voxlake::pipeline
