#include "lake/storage.h"

#include "lake/azure_storage.h"
#include "lake/local_storage.h"
#include "net/mask.h"

namespace voxlake::lake {

namespace {

bool is_unsafe_part(std::string_view part) {
  return part.empty() || part == "." || part == ".." || part.starts_with(unfinished_prefix) || part.find('\0') != std::string_view::npos;
}

/// The folder that a file:// URI names: file:///x and file://localhost/x.
Result<std::string> folder_of_file_uri(std::string_view uri) {
  std::string_view rest = uri.substr(std::string_view("file://").size());
  if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
  if (!rest.starts_with('/')) {
    return failure(ErrorKind::invalid_argument, "cannot open the lake " + std::string(uri) + ": its host is not this machine",
                   "write file:///FOLDER or just the folder");
  }
  return std::string(rest);
}

}  // namespace

Status Storage::close_together(std::span<WritableFile* const> files) {
  for (WritableFile* file : files) VOXLAKE_TRY(file->close());
  return {};
}

Status Storage::put_if_absent_after(std::span<WritableFile* const> files, std::string_view path, std::string_view bytes) {
  VOXLAKE_TRY(close_together(files));
  return put_if_absent(path, bytes);
}

Status Storage::copy_from_web(std::string_view path, const WebSource&) {
  return failure(ErrorKind::unsupported, "the store of " + address(path) + " cannot fetch files by itself");
}

Result<std::string> checked_path(std::string_view path, bool root_allowed) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path.empty() && root_allowed) return std::string();
  for (size_t start = 0; start <= path.size();) {
    size_t end = std::min(path.find('/', start), path.size());
    if (is_unsafe_part(path.substr(start, end - start))) {
      return failure(ErrorKind::invalid_argument, std::string(path) + " is not a path below the lake's root",
                     "use a relative path without empty, `.` or `..` parts");
    }
    start = end + 1;
  }
  return std::string(path);
}

Result<std::shared_ptr<Storage>> open_storage(std::string_view uri, const StorageOptions& options) {
  if (uri.empty()) return failure(ErrorKind::invalid_argument, "the lake has no URI", "name a folder, such as ./lake");
  if (uri.starts_with("abfss://")) {
    VOXLAKE_ASSIGN(auto storage, AzureStorage::open(uri, options.azure, options.upload));
    return std::shared_ptr<Storage>(std::move(storage));
  }
  std::string folder(uri);
  if (uri.starts_with("file://")) {
    VOXLAKE_ASSIGN(folder, folder_of_file_uri(uri));
  } else if (size_t scheme = uri.find("://"); scheme != std::string_view::npos) {
    return failure(ErrorKind::unsupported,
                   "cannot open the lake " + net::mask_url(uri) + ": " + std::string(uri.substr(0, scheme)) +
                       " is not a kind of store that this version knows",
                   "use a folder, or abfss://ACCOUNT.dfs.core.windows.net");
  }
  VOXLAKE_ASSIGN(auto storage, LocalStorage::open(folder, options.flush));
  return std::shared_ptr<Storage>(std::move(storage));
}

}  // namespace voxlake::lake
