#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lake/delta_actions.h"

namespace voxlake::lake {

/// Milliseconds since 1970, UTC: the time stamps of log entries.
int64_t log_time_ms();

/// A random UUID (version 4).
std::string unique_id();

/// Who and when, with an id that no other commit has.
delta::CommitInfo new_commit_info(std::string operation, std::map<std::string, std::string> parameters);

/// `part-00000-<16 hexadecimal digits>.snappy.parquet`: a name that comes from the place of a file in its commit, its bytes, and `salt`.
class DataFileName {
 public:
  DataFileName();
  ~DataFileName();
  DataFileName(const DataFileName&) = delete;
  /// The next bytes of the file.
  void add(std::span<const std::byte> bytes);
  std::string finish(size_t place, std::string_view salt);

 private:
  struct Digest;
  std::unique_ptr<Digest> digest_;
};

/// Whether a file has a name of that form: only Voxlake gives such.
bool is_data_file_name(std::string_view name);

}  // namespace voxlake::lake
