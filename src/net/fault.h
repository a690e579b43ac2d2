#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "error/result.h"

namespace voxlake::net {

/// Why one attempt did not end well, and what that means for the next.
struct Fault {
  std::string reason;  ///< a short code for tables: `http_403`, `connection_reset`, …
  std::string what;    ///< half a sentence: "the server answered 403"
  std::string remedy;
  ErrorKind kind = ErrorKind::network;
  bool transient = false;  ///< another attempt may end better
  bool gone = false;       ///< the server says that there is no such thing
  bool ends_run =
      false;  ///< where no attempt ends better: this machine or its settings are at fault, and would be with the next source too
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// Of an answer that is no success.
Fault fault_of_status(long status);

/// What libcurl reported, and what was known at that moment.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  long system_error = 0;  ///< errno of the socket or the connect, 0 for none
  bool connected = false;
  long proxy_status = 0;  ///< what a proxy answered to CONNECT, 0 for none
  std::string detail;     ///< libcurl's own words, may be empty
};

Fault fault_of_curl(const CurlFailure& failure);

/// A local file cannot be opened or looked at: gone where there is none, the machine's where that is short of something.
Fault fault_of_file_error(int system_error);

/// libcurl read this local file up to `offset` and no further, and does not say why: tried again to learn that.
Fault fault_of_file(const std::string& path, int64_t offset);

/// Memory ran out: the machine's.
Fault fault_of_memory();

/// The error that a user sees: names the URL (masked) and the attempts, with `reason` in its details.
Error to_error(const Fault& fault, const std::string& url, int32_t attempts);

}  // namespace voxlake::net
