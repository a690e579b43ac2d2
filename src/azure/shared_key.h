#pragma once

#include <string>
#include <utility>
#include <vector>

#include "azure/secret.h"
#include "error/result.h"

namespace voxlake::azure {

/// The query of a request, names and values as they are, not encoded.
using Query = std::vector<std::pair<std::string, std::string>>;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the Authorization header of a storage request by the account's key.
/// Source: "Authorize with Shared Key", the form for the blob service from 2015-02-21 on. `path` is the URL's path, encoded; `body_bytes`
/// is what Content-Length will say, a header that need not be among `headers`. invalid_argument where the key is no base64.
Result<std::string> shared_key_authorization(const std::string& account, const Secret& key, const std::string& method,
                                             const std::string& path, const Query& query, const Headers& headers, size_t body_bytes);

}  // namespace voxlake::azure
