#include "azure/options.h"

#include "azure/sender.h"
#include "net/url.h"

namespace voxlake::azure {

std::shared_ptr<const Sender> make_sender(const Options& options) {
  net::HttpCaller::Options http;
  http.ca_file = options.or_variable(options.ca_file, "SSL_CERT_FILE");
  return std::make_shared<const Sender>(std::move(http), options.retries, options.surroundings);
}

Status check_secure(const std::string& url, const std::string& what) {
  VOXLAKE_ASSIGN(const net::UrlParts parts, net::parse_url(url));
  if (parts.scheme == "https" || (parts.scheme == "http" && net::is_private_host(parts.host))) return {};
  return failure(ErrorKind::invalid_argument, what + " is " + parts.origin + ", and secrets are only sent by https", "write https://…");
}

}  // namespace voxlake::azure
