#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"

namespace voxlake::corpus {

/// The archives that a corpus's index page links to, in the page's order, each once.
/// `page_url` is the page's own address (after redirects): relative links are resolved against it (RFC 3986). Only links whose path ends in
/// .tgz, .tar.gz (any case) count; column-sort links, parent links, fragments and links to other schemes do not.
/// corrupt_data where the page is not an index of archives: it says what was found instead.
Result<std::vector<ManifestRow>> parse_index_page(std::string_view html, std::string_view page_url);

/// The archives in a local folder, by name. not_found where the folder is not there, corrupt_data where it has none.
Result<std::vector<ManifestRow>> list_folder(const std::string& folder);

}  // namespace voxlake::corpus
