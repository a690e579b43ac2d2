#pragma once

#include <cstdint>

#include "config/settings.h"

namespace voxlake::pipeline {

/// How `memory_mb` is shared out (docs/decisions/0016-bounded-memory.md). Together they are a little less than that.
struct MemoryShares {
  explicit MemoryShares(const config::Settings& settings);

  int64_t archives;  ///< bytes of archives between network and decoder
  int64_t clips;     ///< of clips that wait to be decoded or described; more of them go to scratch files
  int64_t rows;      ///< of rows that wait for their turn to be written
  int64_t chunk;     ///< a worker hands its rows on when they are so many
};

/// How many windows of a long clip are described before they are handed on.
inline constexpr int64_t windows_at_once = 256;

}  // namespace voxlake::pipeline
