#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lake/delta_actions.h"
#include "lake/storage.h"

namespace voxlake::lake::delta {

/// A checkpoint: the whole state of a table as a Parquet file of actions, so that opening needs no older commit.
Result<std::string> encode_checkpoint(const Actions& actions);
/// Reads a checkpoint or one part of it.
Result<Actions> read_checkpoint(const std::shared_ptr<Storage>& storage, const std::string& path);

}  // namespace voxlake::lake::delta
