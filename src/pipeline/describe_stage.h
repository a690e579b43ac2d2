#pragma once

#include <functional>
#include <optional>
#include <string>

#include "error/result.h"
#include "features/feature_set.h"
#include "pipeline/decode_stage.h"
#include "pipeline/describe_sources.h"

namespace voxlake::pipeline {

/// A clip and its features, or why it has none. Of a long clip some windows at a time.
struct DescribedClip {
  std::string name;  ///< the file's path; of a clip in an archive the archive's path, a slash, and the clip's path in it
  features::WindowFeatures features;
  std::optional<Error> error;
};

/// Decodes, trims and describes each clip of a source, without a lake: what silver would refuse is refused here. An archive is read as a
/// stream; its clips come in the order that decode_archive has, and what is wrong with the archive as a whole comes under its own path.
/// Errors: those of `take`, and what is not the source's fault (no room for scratch files, no memory, no handles). Memory: as
/// decode_archive, and the features of windows_at_once windows.
Status describe_source(const DescribeSource& source, const DecodeOptions& options, features::Extractor& extractor,
                       const std::function<Status(DescribedClip)>& take);

}  // namespace voxlake::pipeline
