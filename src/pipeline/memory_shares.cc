#include "pipeline/memory_shares.h"

#include <algorithm>

#include "pipeline/context.h"

namespace voxlake::pipeline {
namespace {

constexpr int64_t smallest_chunk = 512 << 10;
constexpr int64_t largest_chunk = 4 << 20;

}  // namespace

MemoryShares::MemoryShares(const config::Settings& settings) {
  const int64_t all = settings.memory_mb << 20;
  archives = all * 3 / 16;
  clips = all / 4;
  rows = all / 2;
  chunk = std::clamp(all / 8 / thread_count(settings), smallest_chunk, largest_chunk);
}

}  // namespace voxlake::pipeline
