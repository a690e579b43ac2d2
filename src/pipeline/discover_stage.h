#pragma once

#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {

inline constexpr const char* manifest_folder = "miscellaneous/manifest";

/// Reads the corpus (an index page, a folder, or a manifest) and gives its archives. Writes nothing.
Result<std::vector<corpus::ManifestRow>> find_archives(const Context& context);

/// Writes manifest.json, its chunks (chunk-0000.json …) and index.json (the list of chunks) into the lake; files that are as they should be
/// are left alone. Chunks that are no longer part of it are removed. Returns how many chunks there are.
Result<int64_t> write_manifest(const Context& context, const std::vector<corpus::ManifestRow>& rows);

/// The manifest that `write_manifest` left in the lake. not_found where there is none.
Result<std::vector<corpus::ManifestRow>> read_manifest(const Context& context);

}  // namespace voxlake::pipeline
