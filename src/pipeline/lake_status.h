#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "error/result.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {

/// What the lake holds, and what is left to do for the corpus and set in force.
struct LakeStatus {
  struct Table {
    std::string path;
    int64_t version = 0;
    int64_t rows = 0;
    int64_t files = 0;
    int64_t bytes = 0;
  };
  std::vector<Table> tables;  ///< those that are there
  int64_t to_decode = 0;      ///< archives
  int64_t to_describe = 0;    ///< archives
  int64_t failed = 0;         ///< archives that could not be copied
};

Result<LakeStatus> read_lake_status(const Context& context);

}  // namespace voxlake::pipeline
