#pragma once

#include <cstdint>
#include <vector>

namespace voxlake::lake {

/// Appends `value` in seven bits a byte, the lowest first: Parquet's ULEB128.
void append_varint(std::vector<uint8_t>& bytes, uint64_t value);

/// Levels of a Parquet page in its RLE encoding, as runs of equal levels and nothing else: two to four bytes for a clip's thousands of
/// samples. Not thread safe.
class LevelRuns {
 public:
  /// `level` (0 to 255) `count` times more.
  void add(uint8_t level, int64_t count) {
    if (count <= 0) return;
    if (level != level_) end_run();
    level_ = level;
    count_ += count;
  }
  /// Appends what a version 1 page has of them (the length in bytes, then the runs) and begins anew.
  void move_to(std::vector<uint8_t>& page);

 private:
  void end_run();

  std::vector<uint8_t> runs_;
  uint8_t level_ = 0;
  int64_t count_ = 0;
};

}  // namespace voxlake::lake
