#include "lake/level_runs.h"

namespace voxlake::lake {

void append_varint(std::vector<uint8_t>& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<uint8_t>(value | 0x80));
  bytes.push_back(static_cast<uint8_t>(value));
}

void LevelRuns::end_run() {
  if (count_ == 0) return;
  append_varint(runs_, static_cast<uint64_t>(count_) << 1);  // the lowest bit tells a run from packed bits
  runs_.push_back(level_);
  count_ = 0;
}

void LevelRuns::move_to(std::vector<uint8_t>& page) {
  end_run();
  for (int shift = 0; shift < 32; shift += 8) page.push_back(static_cast<uint8_t>(runs_.size() >> shift));
  page.insert(page.end(), runs_.begin(), runs_.end());
  runs_.clear();
}

}  // namespace voxlake::lake
