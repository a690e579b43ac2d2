#include "site.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "names.h"

namespace corpus_server {
namespace {

bool write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

std::string etag_of(const std::string& name, int64_t size) {
  char tag[40];
  std::snprintf(tag, sizeof tag, "\"%llx-%llx\"", static_cast<unsigned long long>(hash_of(name)), static_cast<unsigned long long>(size));
  return tag;
}

/// What a link may not hold as it is.
std::string encoded(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += plain ? std::string(1, c) : code;
  }
  return text;
}

}  // namespace

Site::Site(std::vector<std::string> names, const ArchiveMaker& maker, int64_t cache_bytes)
    : names_(std::move(names)), maker_(maker), cache_left_(cache_bytes) {
  for (const std::string& name : names_) archives_.try_emplace(name);
}

bool Site::add_large(const std::string& name, int64_t bytes) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/corpus_server-XXXXXX";
  Content content;
  content.file = mkostemp(path.data(), O_CLOEXEC);
  if (content.file < 0) return false;
  unlink(path.c_str());
  bool whole = true;
  maker_.make_large(name, bytes, [&](std::string_view piece) { whole = whole && write_whole(content.file, piece); });
  content.size = lseek(content.file, 0, SEEK_END);
  content.type = "application/x-gzip";
  content.etag = etag_of(name, content.size);
  names_.push_back(name);
  archives_[name] = content;
  return whole;
}

std::optional<Content> Site::find(const std::string& path) {
  if (path == "/" || path == "/index.html") {
    auto page = std::make_shared<const std::string>(index_page());
    const auto size = static_cast<int64_t>(page->size());
    return Content{page, -1, size, "text/html;charset=UTF-8", etag_of("index", size)};
  }
  const auto found = archives_.find(path.substr(path.empty() ? 0 : 1));
  if (found == archives_.end()) return std::nullopt;
  if (found->second.bytes || found->second.file >= 0) return found->second;
  Content content;
  content.bytes = std::make_shared<const std::string>(make(found->first));
  content.size = static_cast<int64_t>(content.bytes->size());
  content.type = "application/x-gzip";
  content.etag = etag_of(found->first, content.size);
  if (content.size <= cache_left_) {
    cache_left_ -= content.size;
    found->second = content;
  }
  return content;
}

bool Site::write_all(const std::string& folder) {
  for (const std::string& name : names_) {
    std::ofstream(folder + "/" + name, std::ios::binary) << make(name);
  }
  std::ofstream page(folder + "/index.html");
  page << index_page();
  return page.good();
}

std::string Site::make(const std::string& name) const {
  std::string bytes;
  maker_.make(name, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

/// As Apache's mod_autoindex writes it: the shown name is cut, so only the link tells it.
std::string Site::index_page() const {
  std::string page =
      "<html><head><title>Index of /</title></head><body><h1>Index of /</h1>\n<pre>"
      "<a href=\"?C=N;O=D\">Name</a> <a href=\"?C=M;O=A\">Last modified</a> <a href=\"?C=S;O=A\">Size</a> "
      "<a href=\"?C=D;O=A\">Description</a><hr>";
  for (const std::string& name : names_) {
    const std::string shown = name.size() <= 23 ? name : name.substr(0, 20) + "..&gt;";
    page +=
        "<img src=\"/icons/compressed.gif\" alt=\"[   ]\"> <a href=\"" + encoded(name) + "\">" + shown + "</a>  01-Jan-2008 12:00  100K\n";
  }
  return page + "<hr></pre></body></html>\n";
}

}  // namespace corpus_server
