// Manifests may be written by anyone: whatever is accepted must be safe, read back the same, and part into chunks without a loss.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "corpus/archive_file.h"
#include "corpus/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake::corpus;
  const auto rows = parse_manifest(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!rows) return 0;
  std::vector<ManifestRow> joined;
  for (const auto& chunk : split_chunks(*rows, {2, 200})) joined.insert(joined.end(), chunk.begin(), chunk.end());
  if (joined != *rows || parse_manifest(to_json(*rows)).value() != *rows) std::abort();
  for (const auto& row : *rows) {
    if (!is_safe_file_name(row.file_name)) std::abort();
  }
  return 0;
}
