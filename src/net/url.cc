#include "net/url.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <new>

#include "net/address.h"
#include "net/curl.h"
#include "net/mask.h"

namespace voxlake::net {
namespace {

struct UrlDeleter {
  void operator()(CURLU* handle) const { curl().url_cleanup(handle); }
};

std::string part_of(CURLU* handle, CURLUPart part, unsigned int flags) {
  char* text = nullptr;
  if (curl().url_get(handle, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl().free(text);
  return copy;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Result<UrlParts> parse_url(const std::string& url) {
  VOXLAKE_TRY(load_curl());
  const std::unique_ptr<CURLU, UrlDeleter> handle(curl().url());
  const auto refuse = [&](const std::string& what) {
    Error error{ErrorKind::invalid_argument,
                "cannot fetch " + mask_url(url) + ": " + what,
                "give an http, https or file URL",
                {{"reason", "bad_url"}}};
    return tl::unexpected<Error>(std::move(error));
  };
  if (!handle) throw std::bad_alloc();
  const CURLUcode code = curl().url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_URLENCODE | CURLU_ALLOW_SPACE);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLUE_OK) return refuse(std::string("it is no address (") + curl().url_strerror(code) + ")");

  UrlParts parts;
  parts.url = part_of(handle.get(), CURLUPART_URL, 0);
  parts.scheme = lower(part_of(handle.get(), CURLUPART_SCHEME, 0));
  parts.host = lower(part_of(handle.get(), CURLUPART_HOST, 0));
  if (parts.scheme == "file") {
    parts.path = part_of(handle.get(), CURLUPART_PATH, CURLU_URLDECODE);
    parts.origin = "file://";
    return parts;
  }
  if (parts.scheme != "http" && parts.scheme != "https") return refuse("addresses of the kind " + parts.scheme + ": are not fetched");
  if (parts.host.empty()) return refuse("it names no host");
  parts.origin = parts.scheme + "://" + parts.host + ":" + part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return parts;
}

std::string with_user_of(const std::string& source, const std::string& url) {
  const auto from = parse_url(source);
  const auto to = parse_url(url);
  if (!from || !to || from->scheme == "file" || from->origin != to->origin) return url;
  const std::unique_ptr<CURLU, UrlDeleter> given(curl().url());
  const std::unique_ptr<CURLU, UrlDeleter> target(curl().url());
  if (!given || !target) return url;
  curl().url_set(given.get(), CURLUPART_URL, from->url.c_str(), 0);
  curl().url_set(target.get(), CURLUPART_URL, to->url.c_str(), 0);
  const std::string user = part_of(given.get(), CURLUPART_USER, 0);
  if (user.empty() || !part_of(target.get(), CURLUPART_USER, 0).empty()) return url;
  // As they stand in `source`: already encoded.
  curl().url_set(target.get(), CURLUPART_USER, user.c_str(), 0);
  const std::string password = part_of(given.get(), CURLUPART_PASSWORD, 0);
  if (!password.empty()) curl().url_set(target.get(), CURLUPART_PASSWORD, password.c_str(), 0);
  return part_of(target.get(), CURLUPART_URL, 0);
}

bool is_private_host(const std::string& host) {
  if (is_address(host)) return is_private_address(host);
  const std::string_view name = std::string_view(host).substr(0, host.ends_with('.') ? host.size() - 1 : host.size());
  return name.find('.') == std::string_view::npos || name.ends_with(".localhost");
}

}  // namespace voxlake::net
