#include "corpus/listing.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "corpus/archive_file.h"
#include "corpus/html_page.h"
#include "corpus/labels.h"
#include "corpus/letters.h"
#include "corpus/uri.h"

namespace voxlake::corpus {
namespace {

/// Browsers take a backslash in a path for a slash (WHATWG URL Standard), and so some servers write them.
std::string with_slashes(std::string link) {
  const size_t end = std::min(link.find_first_of("?#"), link.size());
  std::replace(link.begin(), link.begin() + static_cast<std::ptrdiff_t>(end), '\\', '/');
  return link;
}

bool is_web(const Uri& uri) {
  return uri.scheme == "http" || uri.scheme == "https";
}

/// A page from the web may link to others on the web, a page on this machine to anything that can be read; never the web to this machine.
bool may_follow(const Uri& page, const Uri& link) {
  if (link.scheme == "file") return page.scheme == "file";
  return is_web(link) && link.authority && !host_and_port(*link.authority).empty();
}

bool is_plain_host(const std::string& host) {
  return std::none_of(host.begin(), host.end(), [](unsigned char c) {
    return c <= 0x20 || c == 0x7F || std::string_view("\"<>\\^`{|}").find(char(c)) != std::string_view::npos;
  });
}

enum class LinkKind { other, archive, refused };

struct Link {
  LinkKind kind = LinkKind::other;
  ManifestRow row;
};

/// A link as a row, where it is one. User and password of an address are left out: the manifest is kept in the lake.
Link read_link(const Uri& page, const Uri& base, const std::string& href) {
  Uri target = resolve(base, parse_uri(percent_encoded(with_slashes(href))));
  if (!may_follow(page, target)) return {};
  const std::string_view path = target.path;
  const size_t slash = path.rfind('/');
  const std::string_view segment = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  const std::string file_name = to_utf8(percent_decoded(segment));
  if (!is_archive_file(file_name)) return {};
  // Column-sort links and bare fragments lead back to the page, whatever it is called.
  if (target.authority == page.authority && target.path == page.path) return {};
  std::string host = host_and_port(target.authority.value_or(""));
  if (target.scheme == "file" && host == "localhost") host.clear();
  if (!is_safe_file_name(file_name) || !is_plain_host(host)) return {LinkKind::refused, {}};
  std::string relative(path.substr(path.starts_with('/') ? 1 : 0));
  if (target.query) relative += "?" + *target.query;
  return {LinkKind::archive, {*target.scheme + "://" + host + "/", std::move(relative), file_name}};
}

/// Keeps the first row of each archive. Two files of one archive's name (two addresses; x.tgz and x.tar.gz) would be the same utterances.
class RowsOnce {
 public:
  void add(ManifestRow row) {
    if (archives_.insert(row.archive()).second) rows_.push_back(std::move(row));
  }
  std::vector<ManifestRow> take() { return std::move(rows_); }
  bool empty() const { return rows_.empty(); }

 private:
  std::set<std::string> archives_;
  std::vector<ManifestRow> rows_;
};

/// Text of others for a message: in one line, in quotes, cut to what one reads.
std::string quoted_start(std::string_view text) {
  constexpr size_t most_letters = 80;
  const std::string valid = to_utf8(text);
  std::string result = "\"";
  size_t letters = 0;
  for (const char32_t letter : code_points(trimmed(valid))) {
    if (++letters > most_letters) {
      result += "…";
      break;
    }
    const bool control = letter < 0x20 || (letter >= 0x7F && letter <= 0x9F) || letter == U'"';
    append_utf8(result, control ? U' ' : letter);
  }
  return result + "\"";
}

/// Whether bytes are plainly no text: NUL and other control characters among the first ones, without a byte-order mark.
bool is_binary(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return false;
  const std::string_view start = bytes.substr(0, 512);
  const auto odd = std::count_if(start.begin(), start.end(),
                                 [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'; });
  return odd > 0 && static_cast<size_t>(odd) * 20 >= start.size();
}

std::string first_bytes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 8)) {
    std::array<char, 4> digits{};
    std::snprintf(digits.data(), digits.size(), "%02X ", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += digits.data();
  }
  if (!text.empty()) text.pop_back();
  return text;
}

std::string what_was_found(std::string_view html, const HtmlPage& page, size_t refused) {
  if (trimmed(html).empty()) return "it is empty";
  if (html.starts_with("\x1F\x8B")) return "it is no page but a gzip file";
  if (is_binary(html))
    return "it is no page but binary data (" + std::to_string(html.size()) + " bytes that begin with " + first_bytes(html) + ")";
  std::string found = "none of its " + std::to_string(page.links.size()) + " links leads to a .tgz or .tar.gz file";
  if (page.links.empty()) found = "it has no links";
  if (refused > 0) found = std::to_string(refused) + " links to archives were refused, because what they name cannot be a file's name";
  if (page.asks_for_password) found += "; it asks for a password";
  if (!trimmed(page.title).empty()) return found + "; its title is " + quoted_start(page.title);
  if (!trimmed(page.first_words).empty()) return found + "; it begins with " + quoted_start(page.first_words);
  return found;
}

Result<Uri> parse_page_url(std::string_view page_url) {
  Uri page = parse_uri(percent_encoded(trimmed(page_url)));
  const bool web = is_web(page) && page.authority && !host_and_port(*page.authority).empty();
  if (!web && page.scheme != "file") {
    return failure(ErrorKind::invalid_argument,
                   "cannot read the index page " + without_secrets(page_url) + ": that is no address of a page",
                   "give one that begins with http://, https:// or file://");
  }
  page.fragment.reset();
  return page;
}

std::string file_url_path(const std::filesystem::path& path) {
  const std::string encoded = percent_encoded_path(path.generic_string());
  return encoded.substr(encoded.starts_with('/') ? 1 : 0);
}

/// macOS writes these beside files on foreign disks: they end in .tgz too, and hold no archive.
bool is_macos_debris(std::string_view file_name) {
  return file_name.starts_with("._");
}

}  // namespace

Result<std::vector<ManifestRow>> parse_index_page(std::string_view html, std::string_view page_url) {
  VOXLAKE_ASSIGN(const Uri page, parse_page_url(page_url));
  const HtmlPage contents = parse_html(html);
  const Uri base = contents.base_href ? resolve(page, parse_uri(percent_encoded(with_slashes(*contents.base_href)))) : page;
  RowsOnce rows;
  size_t refused = 0;
  for (const std::string& href : contents.links) {
    Link link = read_link(page, base, href);
    if (link.kind == LinkKind::archive) rows.add(std::move(link.row));
    if (link.kind == LinkKind::refused) ++refused;
  }
  if (rows.empty()) {
    return failure(ErrorKind::corrupt_data,
                   "the page " + without_secrets(page_url) + " is no index of archives: " + what_was_found(html, contents, refused),
                   "give the address of the page that links to the corpus's .tgz or .tar.gz files, and look at it in a browser first");
  }
  return rows.take();
}

Result<std::vector<ManifestRow>> list_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::none) {
    return failure(ErrorKind::io, "cannot list the folder " + folder + ": " + error.message(), "check who may read it");
  }
  if (!fs::exists(status)) {
    return failure(ErrorKind::not_found, "cannot list the folder " + folder + ": it is not there", "check the path");
  }
  if (!fs::is_directory(status)) {
    return failure(ErrorKind::invalid_argument, "cannot list " + folder + ": it is not a folder",
                   "give the folder that holds the archives");
  }
  const fs::path absolute = fs::absolute(folder, error).lexically_normal();
  fs::directory_iterator entry(absolute, error);
  if (error) return failure(ErrorKind::io, "cannot list the folder " + folder + ": " + error.message(), "check who may read it");
  std::vector<std::string> names;
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unreadable;
    // One that cannot be looked at is there all the same: the copy will say what is wrong with it.
    const bool is_file = entry->is_regular_file(unreadable);
    const bool leads_nowhere = unreadable == std::errc::no_such_file_or_directory || unreadable == std::errc::not_a_directory;
    if (is_file || (unreadable && !leads_nowhere)) names.push_back(entry->path().filename().string());
    if (error) break;
  }
  if (error) return failure(ErrorKind::io, "cannot list the folder " + folder + ": " + error.message(), "check the disk");
  std::sort(names.begin(), names.end());
  RowsOnce rows;
  for (const std::string& name : names) {
    const std::string file_name = to_utf8(name);
    if (!is_archive_file(file_name) || !is_safe_file_name(file_name) || is_macos_debris(file_name)) continue;
    rows.add({"file:///", file_url_path(absolute / name), file_name});
  }
  if (rows.empty()) {
    return failure(
        ErrorKind::corrupt_data,
        "the folder " + folder + " has no archives: none of its " + std::to_string(names.size()) + " files ends in .tgz or .tar.gz",
        "give the folder that holds them; folders in it are not searched");
  }
  return rows.take();
}

}  // namespace voxlake::corpus
