// Index pages are the first thing that a stranger sends. Whatever the page, every row that comes out of it must be safe to store and must
// survive the manifest.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "corpus/archive_file.h"
#include "corpus/listing.h"
#include "corpus/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view html(reinterpret_cast<const char*>(data), size);
  for (const char* url : {"http://host/a/b/index.html?x", "file:///data/"}) {
    const auto rows = voxlake::corpus::parse_index_page(html, url);
    if (!rows) continue;
    for (const auto& row : *rows) {
      if (!voxlake::corpus::is_safe_file_name(row.file_name)) std::abort();
    }
    const auto read = voxlake::corpus::parse_manifest(voxlake::corpus::to_json(*rows));
    if (!read || *read != *rows) std::abort();
  }
  return 0;
}
