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

/// `url` with the user's name and password of `source` where both are of one origin and `url` has none of its own: what a user may read
/// by a password given once, for the page, are its archives too. Otherwise as it is.
std::string with_user_of(const std::string& source, const std::string& url);

/// Whether a host is by its name alone not of the public internet: a private address, `localhost`, or a name without a dot.
bool is_private_host(const std::string& host);

}  // namespace voxlake::net
