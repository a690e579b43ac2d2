#pragma once

#include <memory>
#include <string>

#include "error/result.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// Removes the table in folder `path` with everything in that folder: log, data files, and what others put there. not_found where the
/// folder holds neither a table nor what is left of one.
///
/// Where the store can remove a folder at one stroke (Storage::remove_folder) the table is there or it is not. Elsewhere its log goes
/// first, the newest version before the one under it: whatever stops this, what can be opened is one of the table's versions, or nothing;
/// and the next call removes the rest.
Status drop_table(const std::shared_ptr<Storage>& storage, std::string path);

/// Whether the folder `path` holds data files of ours, without a log, and nothing else.
bool is_table_remainder(Storage& storage, const std::string& path);

}  // namespace voxlake::lake
