#pragma once

#include <optional>
#include <string>
#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/lake_state.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// Which stages of the one pass run.
struct IngestStages {
  bool copy = true;
  bool decode = true;
  bool features = true;
};

/// One archive on its way through the pass.
struct IngestItem {
  std::string archive;
  std::string file_name;
  std::string url;     ///< empty: not fetched, what is in bronze is used
  std::string mirror;  ///< another address of it; empty: none
  bool gone = false;   ///< in the lake, but no longer in the manifest
  std::optional<lake::ArchiveRow> known;
  bool in_bronze = false;  ///< the file that `known` speaks of is there, as long as it should be
};

/// The archives that a pass has to look at, in the order in which their rows will be written: those of `manifest`, then those in the lake
/// that it no longer names. Archives without anything to do (in bronze, decoded and described as configured, and not to be fetched) are
/// left out.
std::vector<IngestItem> plan_ingest(const Context& context, const LakeState& state, const std::vector<corpus::ManifestRow>& manifest,
                                    const IngestStages& stages, bool manifest_is_whole);

/// What a pass did.
struct IngestSummary {
  StageSummary copy;
  StageSummary decode;
  StageSummary features;
  int64_t not_modified = 0;  ///< archives that the server said are unchanged
  int64_t failed = 0;        ///< archives that could not be copied
  int64_t commits = 0;
};

/// Takes each item from the network to gold in one pass: one thread runs the downloads, workers decode and describe an archive each, and
/// the rows are committed in the items' order. Returns cancelled when stopped: what was complete until then is committed.
Result<IngestSummary> ingest(const Context& context, const LakeState& state, const std::vector<IngestItem>& items,
                             const IngestStages& stages);

}  // namespace voxlake::pipeline
