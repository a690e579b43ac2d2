#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"
#include "lake/data_file_writer.h"
#include "lake/delta_actions.h"
#include "lake/storage.h"

/// What every commit is made of.
namespace voxlake::lake {

/// Each loss means that another writer got on, so this bounds nothing but a defect.
inline constexpr int attempts_at_most = 10'000;

/// Data files of a commit in the making: written, and closed together before the log names them.
class NewDataFiles {
 public:
  NewDataFiles(std::shared_ptr<Storage> storage, std::string table) : storage_(std::move(storage)), table_(std::move(table)) {}

  /// Writes a finished file into the table's folder under a name made of its content, its place among those of this commit, and `salt`;
  /// gives its log entry. The file's pieces are let go as they are written. Where many files wait to be closed, they are closed now.
  Result<delta::AddFile> store(EncodedFile encoded, std::string_view salt);
  /// Stores a file anew under a name that nobody else gives.
  Result<delta::AddFile> store_again(const delta::AddFile& file, std::string_view salt);
  /// Whether `actions` are the table's commit `version` now, with all files stored so far closed before; false where another's are. Where
  /// the answer of the store was lost, the log is asked whose commit it is: `actions.info` must be there.
  Result<bool> publish(const delta::Actions& actions, int64_t version);

 private:
  std::vector<WritableFile*> open_files() const;

  std::shared_ptr<Storage> storage_;
  std::string table_;
  std::vector<std::unique_ptr<WritableFile>> open_;
  size_t stored_ = 0;
};

/// What a commit did, for the log's operationMetrics.
void tell_metrics(delta::Actions& actions);

}  // namespace voxlake::lake
