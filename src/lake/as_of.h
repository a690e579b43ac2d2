#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "error/result.h"
#include "lake/table.h"

namespace voxlake::lake {

/// Which version of a table is meant: the newest where nothing is said.
struct AsOf {
  std::optional<int64_t> version;             ///< of every table
  std::map<std::string, int64_t> version_of;  ///< of single tables, by path; before `version`
  std::optional<int64_t> time_ms;             ///< the newest of that moment, milliseconds since 1970, UTC

  bool is_newest() const { return !version && version_of.empty() && !time_ms; }
};

/// The table at the version that is meant; not_found where it is not there, or has no such version.
Result<Table> open_as_of(std::shared_ptr<Storage> storage, std::string path, const AsOf& as_of);

}  // namespace voxlake::lake
