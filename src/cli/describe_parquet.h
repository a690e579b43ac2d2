#pragma once

#include <string>
#include <vector>

#include "error/result.h"
#include "features/feature_set.h"

namespace voxlake::cli {

/// A file and its features.
struct DescribedFile {
  std::string path;
  features::WindowFeatures features;
};

/// The features as the bytes of one Parquet file: file, window, start_seconds, end_seconds, partial, then `columns`.
Result<std::string> parquet_bytes(const std::vector<DescribedFile>& described, const std::vector<std::string>& columns);

}  // namespace voxlake::cli
