#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an index page holds that the listing needs, read with libxml2's HTML parser. Internal to this room.
namespace voxlake::corpus {

struct HtmlPage {
  std::vector<std::string> links;        ///< href of every anchor, in the page's order, trimmed, in UTF-8
  std::optional<std::string> base_href;  ///< of the first <base> that has one
  std::string title;                     ///< in one line
  std::string first_words;               ///< how the visible text begins, in one line
  bool asks_for_password = false;
};

/// Reads any bytes as HTML, as a browser would; never fails, but throws std::bad_alloc where memory runs out. Thread
/// safe. Keeps no tree: memory grows with the links alone, and nesting may be as deep as it likes. `html` of at most 1 GiB.
HtmlPage parse_html(std::string_view html);

}  // namespace voxlake::corpus
