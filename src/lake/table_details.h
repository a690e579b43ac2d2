#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/as_of.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// What there is to know of a table at one version, for people.
struct TableDetails {
  std::string path;
  int64_t version = 0;
  std::optional<int64_t> time_ms;         ///< of that version
  std::optional<int64_t> oldest_version;  ///< that can be opened
  int64_t rows = 0;
  int64_t files = 0, bytes = 0;
  int64_t smallest_file = 0, median_file = 0, largest_file = 0;  ///< bytes
  int64_t replaced_files = 0, replaced_bytes = 0;                ///< that the log knows, of earlier versions
  int reader = 1, writer = 2;                                    ///< the protocol asked for
  struct Column {
    std::string name, type;
    bool nullable = true;
  };
  std::vector<Column> columns;
  std::map<std::string, std::string> properties;
};

Result<TableDetails> table_details(const std::shared_ptr<Storage>& storage, const std::string& path, const AsOf& as_of);

}  // namespace voxlake::lake
