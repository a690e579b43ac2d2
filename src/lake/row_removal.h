#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lake/data_file_writer.h"
#include "lake/delta_actions.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// Which rows to remove: those whose string columns all have one of the values named for them.
using RowCondition = std::map<std::string, std::set<std::string>>;

/// Removes rows by the values of string columns: works out which files hold such rows and writes them anew without. Keeps what it worked
/// out, so that a commit that lost a race looks only at files that are new to it.
class RowRemoval {
 public:
  /// Stores a file; gives its log entry.
  using Store = std::function<Result<delta::AddFile>(EncodedFile)>;
  RowRemoval(std::shared_ptr<Storage> storage, std::string table, WriteOptions options, RowCondition condition, Store store);

  /// What becomes of `file`, a file of a table with `schema`: `touched` where it holds such rows, and the files that replace it.
  struct Outcome {
    bool touched = false;
    std::vector<delta::AddFile> replacements;
  };
  Result<const Outcome*> outcome(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema);

  /// Hands the replacements worked out so far to `change`, file by file.
  Status renew(const std::function<Status(std::vector<delta::AddFile>&)>& change);

 private:
  bool may_hold(const delta::AddFile& file) const;
  Result<Outcome> work_out(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema);
  Status rewrite(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema, Outcome& outcome);

  std::shared_ptr<Storage> storage_;
  std::string table_;
  WriteOptions options_;
  RowCondition condition_;
  Store store_;
  std::map<std::string, Outcome> outcomes_;  ///< by path
};

}  // namespace voxlake::lake
