#pragma once

#include <string>

#include "error/result.h"
#include "net/http_call.h"

namespace voxlake::azure {

/// The service's own word for what went wrong: `BlobNotFound`. Empty where it said none.
std::string blob_error_code(const net::HttpAnswer& answer);

/// An answer that is no success, as an error. `doing` opens the message.
Error blob_error(const net::HttpAnswer& answer, const std::string& doing);

}  // namespace voxlake::azure
