#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lake/delta_actions.h"

namespace voxlake::lake {

/// Milliseconds since 1970, UTC: the time stamps of log entries.
int64_t log_time_ms();

/// A random UUID (version 4).
std::string unique_id();

/// Who and when, with an id that no other commit has.
delta::CommitInfo new_commit_info(std::string operation, std::map<std::string, std::string> parameters);

/// `part-00000-<16 hexadecimal digits>.snappy.parquet`: a name that comes from the place of a file in its commit, its bytes, and `salt`.
std::string data_file_name(size_t place, const std::vector<std::string>& pieces, std::string_view salt);

/// Whether a file has a name of that form: only Voxlake gives such.
bool is_data_file_name(std::string_view name);

}  // namespace voxlake::lake
