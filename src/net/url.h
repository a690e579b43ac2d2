#pragma once

#include <string>

#include "error/result.h"

namespace voxlake::net {

/// The parts of a URL that a transfer depends on.
struct UrlParts {
  std::string url;     ///< as a server takes it: spaces and bytes beyond ASCII percent-encoded
  std::string scheme;  ///< lower case: http, https or file
  std::string host;    ///< lower case, IPv6 addresses in brackets; empty for file
  std::string origin;  ///< scheme://host:port, what connections and limits belong to
  std::string path;    ///< decoded, for file only
};

/// invalid_argument for what is no URL or has another scheme; the message shows it masked.
Result<UrlParts> parse_url(const std::string& url);

/// Whether a host is by its name alone not of the public internet: a private address, `localhost`, or a name without a dot.
bool is_private_host(const std::string& host);

}  // namespace voxlake::net
