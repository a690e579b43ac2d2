#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/describe_rows.h"

namespace voxlake::cli {

/// Rows as one Parquet file, in row groups of about 16 MB.
std::unique_ptr<RowWriter> make_parquet_rows(const std::string& output, const std::vector<std::string>& columns);

}  // namespace voxlake::cli
