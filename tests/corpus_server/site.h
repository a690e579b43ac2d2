#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive_maker.h"

namespace corpus_server {

/// A file to send: bytes in memory, or an open file.
struct Content {
  std::shared_ptr<const std::string> bytes;  ///< null: `file`
  int file = -1;
  int64_t size = 0;
  std::string type;
  std::string etag;
};

/// The corpus as a web server sees it: an index page, and archives that are made when they are first asked for. Not thread safe.
class Site {
 public:
  Site(std::vector<std::string> names, const ArchiveMaker& maker, int64_t cache_bytes);

  /// Publishes one archive more, with `bytes` of audio, which lies in a file without a name. False where there is no room for it.
  bool add_large(const std::string& name, int64_t bytes);
  /// Lists an archive that is not there.
  void list_missing(const std::string& name) { names_.push_back(name); }
  /// What lies under a path of a URL, decoded, without its query.
  std::optional<Content> find(const std::string& path);
  /// Writes all archives and the index page into a folder. False where that fails.
  bool write_all(const std::string& folder);

 private:
  std::string index_page() const;
  std::string make(const std::string& name) const;

  std::vector<std::string> names_;
  const ArchiveMaker& maker_;
  int64_t cache_left_;
  std::unordered_map<std::string, Content> archives_;
};

}  // namespace corpus_server
