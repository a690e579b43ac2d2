#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "error/result.h"
#include "lake/data_file_writer.h"
#include "lake/delta_actions.h"
#include "lake/storage.h"

/// The two steps that every commit is made of.
namespace voxlake::lake {

/// Stores a finished file in the table's folder under a name made of its content, `place` and `salt`; gives its log entry. Readers do not
/// see it before a commit names it. The file's pieces are let go as they are written.
Result<delta::AddFile> store_data_file(Storage& storage, const std::string& table, EncodedFile encoded, size_t place,
                                       std::string_view salt);

/// Whether `actions` are the table's commit `version` now; false where another's are. Where the answer of the store was lost, the log is
/// asked whose commit it is: `actions.info` must be there.
Result<bool> publish_commit(Storage& storage, const std::string& table, const delta::Actions& actions, int64_t version);

/// What a commit did, for the log's operationMetrics.
void tell_metrics(delta::Actions& actions);

}  // namespace voxlake::lake
