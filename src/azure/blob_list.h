#pragma once

#include <string>

#include "azure/blob_client.h"
#include "error/result.h"

namespace voxlake::azure {

/// The answer of List Blobs. network where it is no such XML; `doing` opens the message.
Result<ListPage> parse_blob_list(const std::string& xml, const std::string& doing);

}  // namespace voxlake::azure
