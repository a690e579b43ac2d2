#include "lake/drop_table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "lake/commit_identity.h"
#include "lake/delta_log.h"

namespace voxlake::lake {

namespace {

bool is_remainder(const std::vector<FileInfo>& files, const std::string& path) {
  return !files.empty() && std::all_of(files.begin(), files.end(), [&path](const FileInfo& file) {
    return is_data_file_name(std::string_view(file.path).substr(path.size() + 1));
  });
}

}  // namespace

bool is_table_remainder(Storage& storage, const std::string& path) {
  const Result<std::string> checked = checked_path(path);
  if (!checked) return false;
  const auto files = storage.list(*checked);
  return files && is_remainder(*files, *checked);
}

Status drop_table(const std::shared_ptr<Storage>& storage, std::string path) {
  VOXLAKE_ASSIGN(path, checked_path(path));
  VOXLAKE_ASSIGN(auto files, storage->list(path));
  const std::string log = delta::log_folder(path) + "/";
  const bool has_log = std::any_of(files.begin(), files.end(), [&log](const FileInfo& file) { return file.path.starts_with(log); });
  if (!has_log && !is_remainder(files, path)) return failure(ErrorKind::not_found, "there is no table at " + storage->address(path));
  VOXLAKE_ASSIGN(const bool done, storage->remove_folder(path));
  if (done) return {};
  // Versions fall this way, and `_last_checkpoint` is before them: `_` is above digits.
  std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) { return a.path > b.path; });
  std::stable_partition(files.begin(), files.end(), [&log](const FileInfo& file) { return file.path.starts_with(log); });
  for (const FileInfo& file : files) VOXLAKE_TRY(storage->remove(file.path));
  return {};
}

}  // namespace voxlake::lake
