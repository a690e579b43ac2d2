#pragma once

#include <optional>
#include <string>
#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {

inline constexpr const char* manifest_folder = "miscellaneous/manifest";

/// Reads the corpus (an index page, a folder, or a manifest) and gives its archives. Writes nothing.
Result<std::vector<corpus::ManifestRow>> find_archives(const Context& context);

/// How the manifest was written.
struct WrittenManifest {
  int64_t chunks = 0;
  bool changed = false;  ///< false: the lake had this very manifest
};

/// Writes manifest.json, its chunks (chunk-0000.json …), index.json (the list of chunks) and corpus.json (whose manifest it is) into the
/// lake; files that are as they should be are left alone. Chunks that are no longer part of it are removed. Returns how many chunks there
/// are.
Result<WrittenManifest> write_manifest(const Context& context, const std::vector<corpus::ManifestRow>& rows);

/// The manifest that `write_manifest` left in the lake. not_found where there is none, or one of another corpus: its archives must not be
/// copied under this one's name.
Result<std::vector<corpus::ManifestRow>> read_manifest(const Context& context);

/// The corpus that the lake's manifest is of.
struct ManifestCorpus {
  std::string name;
  std::string address;  ///< where it was read, without secrets
};

/// Nothing where the lake has no manifest, or its manifest does not say.
Result<std::optional<ManifestCorpus>> manifest_corpus(const Context& context);

}  // namespace voxlake::pipeline
