#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/manifest.h"
#include "error/result.h"

namespace voxlake::corpus {

/// The archives that a corpus's index page links to, in the page's order, each once: of several links to one archive (the same file name,
/// with .tgz or .tar.gz) the first is kept. Any anchor of the page counts, by its href alone.
/// `page_url` is the page's own address (after redirects): relative links are resolved against it, or against the page's <base>, after RFC
/// 3986. Only links whose path ends in .tgz, .tar.gz (any case) count, with or without a query; column-sort links, parent links, fragments
/// and links to other schemes do not, nor does a link from a page of the web to a file of this machine.
/// FileName is the path's last part, decoded. A link whose FileName could do harm (an encoded slash or `..`, control characters; see
/// is_safe_file_name) is left out. A user's name or password in an address is left out of the row.
/// corrupt_data where the page is not an index of archives: it says what was found instead. invalid_argument where `page_url` is no http,
/// https or file address. Thread safe.
Result<std::vector<ManifestRow>> parse_index_page(std::string_view html, std::string_view page_url);

/// The archives in a local folder (not in folders below it), by name, as file:///… rows with an absolute path. not_found where the folder
/// is not there, corrupt_data where it has none, io where it cannot be read.
Result<std::vector<ManifestRow>> list_folder(const std::string& folder);

}  // namespace voxlake::corpus
