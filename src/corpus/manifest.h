#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"

namespace voxlake::corpus {

/// One archive of the manifest, as Data Factory's Lookup reads it: BaseURL + RelativeURL is where it is, FileName what it is called in
/// bronze.
struct ManifestRow {
  std::string base_url;      ///< "http://host/"
  std::string relative_url;  ///< "path/NAME.tgz", percent-encoded as published
  std::string file_name;     ///< "NAME.tgz", decoded; safe as a file's name
  bool operator==(const ManifestRow&) const = default;

  std::string url() const { return base_url + relative_url; }
  /// The file's name without .tgz or .tar.gz.
  std::string archive() const;
};

/// Bounds of what one Data Factory Lookup returns.
struct ChunkLimits {
  int64_t rows = 5000;
  int64_t bytes = 4'000'000;
};

/// A manifest as JSON text: an array of {"BaseURL", "RelativeURL", "FileName"}, a row a line. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const std::vector<ManifestRow>& rows);
/// Reads what `to_json` wrote, or anyone else's array of such objects (other fields are ignored). Whoever wrote it is not trusted: the
/// addresses must be http, https or file, without user or password, and FileName one that can do no harm as a file's name. Two rows may not
/// have the same archive. corrupt_data names the row (from 1) and field at fault.
/// A row of scheme `file` is read from this machine: refuse such rows where the manifest came from another.
Result<std::vector<ManifestRow>> parse_manifest(std::string_view json);

/// The same rows in chunks within `limits` (bytes of the chunk's JSON text), in order. No rows are no chunks; a row that is beyond the
/// limits by itself is a chunk of its own.
std::vector<std::vector<ManifestRow>> split_chunks(const std::vector<ManifestRow>& rows, const ChunkLimits& limits = {});

}  // namespace voxlake::corpus
