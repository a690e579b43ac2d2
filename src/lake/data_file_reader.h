#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"
#include "scratch/limits.h"

namespace arrow {
class RecordBatch;
class Schema;
namespace io {
class RandomAccessFile;
}
}  // namespace arrow

namespace voxlake::lake {

/// The file `path` of `storage` for Arrow, `bytes` long (so that nobody needs to ask): opened directly where it is on this machine's disks,
/// else read by ranges.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_random_access(std::shared_ptr<Storage> storage, const std::string& path,
                                                                        int64_t bytes);

/// The row groups of a Parquet file one after the other, as below. Not thread safe.
class DataFileScan {
 public:
  static Result<std::unique_ptr<DataFileScan>> open(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes,
                                                    std::shared_ptr<arrow::Schema> schema, const scratch::Limits& limits = {});
  ~DataFileScan();
  DataFileScan(const DataFileScan&) = delete;
  /// Null after the last one.
  Result<std::shared_ptr<arrow::RecordBatch>> next();

 private:
  struct Impl;
  explicit DataFileScan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Calls `visit` with each row group of a Parquet file as one batch of exactly `schema`: columns are found by name, null where the file
/// lacks them (it is older than they are), and cast where another writer stored a related type. Columns of lists of floats that are too
/// long for `limits` come as arrays whose values lie in a file (SpoolBuffer).
Status scan_data_file(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes,
                      const std::shared_ptr<arrow::Schema>& schema,
                      const std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>& visit, const scratch::Limits& limits = {});

/// The number of rows, from the file's footer.
Result<int64_t> count_rows(std::shared_ptr<Storage> storage, const std::string& path, int64_t bytes);

}  // namespace voxlake::lake
