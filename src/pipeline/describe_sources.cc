#include "pipeline/describe_sources.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "files/system_error.h"
#include "pipeline/archive_contents.h"

namespace voxlake::pipeline {
namespace {

namespace fs = std::filesystem;
using Kind = DescribeSource::Kind;

bool has_archive_name(std::string_view path) {
  constexpr std::array<std::string_view, 4> endings = {".tgz", ".tar.gz", ".tar", ".zip"};
  std::string lower(path);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return lower.ends_with(ending); });
}

/// gzip, zip, or a tar's mark in its first header.
bool begins_as_archive(const std::string& path) {
  std::array<char, 512> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::string_view bytes(head.data(), static_cast<size_t>(file.gcount()));
  return bytes.starts_with("\x1f\x8b") || bytes.starts_with("PK\x03\x04") ||
         (bytes.size() == head.size() && bytes.substr(257, 5) == "ustar");
}

DescribeSource refused(std::string path, ErrorKind kind, std::string message, std::string remedy) {
  return {std::move(path), Kind::audio_file, Error{kind, std::move(message), std::move(remedy), {}}};
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.size() > 1 && name.front() == '.';
}

/// Adds to `found` what is in the folder and those below it; a folder that cannot be listed is a source with an error.
void search_folder(const fs::path& folder, std::vector<DescribeSource>& found) {
  std::error_code error;
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_hidden(entry->path())) continue;
    const std::string path = entry->path().string();
    std::error_code unreadable;
    const fs::file_type type = entry->status(unreadable).type();  // none: what cannot be looked at, which reading will say
    if (type == fs::file_type::directory && !entry->is_symlink(unreadable)) below.push_back(entry->path());
    if (type != fs::file_type::regular && type != fs::file_type::none) continue;
    if (has_archive_name(path)) {
      found.push_back({path, Kind::archive, {}});
    } else if (role_of(path) == MemberRole::audio) {
      found.push_back({path, Kind::audio_file, {}});
    }
  }
  if (error) {
    found.push_back(refused(folder.string(), ErrorKind::io, "cannot list the folder " + folder.string() + ": " + error.message(),
                            files::remedy_of(error.value(), "check that you may read it")));
  }
  for (const fs::path& each : below) search_folder(each, found);
}

void add_folder(const std::string& folder, std::vector<DescribeSource>& sources) {
  std::vector<DescribeSource> found;
  search_folder(folder, found);
  if (found.empty()) {
    found.push_back(refused(folder, ErrorKind::not_found, "there is no audio file and no archive in the folder " + folder,
                            "name the files themselves, if they are called something else"));
  }
  std::sort(found.begin(), found.end(), [](const DescribeSource& a, const DescribeSource& b) { return a.path < b.path; });
  std::move(found.begin(), found.end(), std::back_inserter(sources));
}

}  // namespace

std::vector<DescribeSource> find_describe_sources(const std::vector<std::string>& paths) {
  std::vector<DescribeSource> sources;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_type type = fs::status(path, error).type();
    if (type == fs::file_type::not_found) {
      sources.push_back(refused(path, ErrorKind::not_found, "there is no file " + path, "check the path"));
    } else if (type == fs::file_type::directory) {
      add_folder(path, sources);
    } else if (type == fs::file_type::regular && (has_archive_name(path) || begins_as_archive(path))) {
      sources.push_back({path, Kind::archive, {}});
    } else {
      sources.push_back({path, Kind::audio_file, {}});
    }
  }
  return sources;
}

}  // namespace voxlake::pipeline
