// How one attempt is put to libcurl, and what libcurl calls back while it runs.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "files/system_error.h"
#include "net/address.h"
#include "net/retrieval.h"

namespace voxlake::net {
namespace {

/// Larger than libcurl's 16 KiB, for fewer calls on fast lines; held once for each transfer that runs.
constexpr long receive_buffer_bytes = 256L << 10;

void add_header(CurlList& list, const std::string& line) {
  curl_slist* longer = curl().slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();  // a request without its condition would mean another thing
  (void)list.release();
  list.reset(longer);
}

bool environment_names_proxy() {
  constexpr std::array<const char*, 5> names = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return true;
  }
  return false;
}

bool may_use_proxy(const HttpOptions& options) {
  return options.proxy ? !options.proxy->empty() : environment_names_proxy();
}

}  // namespace

void Retrieval::prepare(CURL* easy) {
  easy_ = easy;
  ++download_.attempts;
  head_ = {};
  curl_text_ = {};
  body_begun_ = skips_body_ = connected_ = paused_ = from_private_ = refused_address_ = false;
  skipped_bytes_ = 0;
  socket_error_ = 0;
  first_address_.clear();
  fault_.reset();
  last_byte_ = context_.surroundings.now();

  curl().easy_reset(easy_);
  curl().easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl().easy_setopt(easy_, CURLOPT_URL, parts_.url.c_str());
  curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, curl_text_.data());
  curl().easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Retrieval::on_header);
  curl().easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl().easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Retrieval::on_body);
  curl().easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  if (request_.only_head) curl().easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  set_headers();
  set_limits();
  set_connection();
}

void Retrieval::set_headers() {
  range_from_ = validator_.empty() ? 0 : offset_;
  conditional_ = offset_ == 0 && next_mirror_ == 0 && !(request_.etag.empty() && request_.last_modified.empty());
  CurlList list;
  if (range_from_ > 0) {
    // Not CURLOPT_RESUME_FROM: libcurl would refuse an answer with the whole instead of letting us start over.
    add_header(list, "Range: bytes=" + std::to_string(range_from_) + "-");
    add_header(list, "If-Range: " + validator_);
  }
  if (conditional_ && !request_.etag.empty()) add_header(list, "If-None-Match: " + request_.etag);
  if (conditional_ && !request_.last_modified.empty()) add_header(list, "If-Modified-Since: " + request_.last_modified);
  headers_ = std::move(list);
  curl().easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  curl().easy_setopt(easy_, CURLOPT_USERAGENT, context_.options.user_agent.c_str());
  // For an archive nothing is accepted and nothing decoded: a Content-Encoding of x-gzip is Apache's way to name a .tgz.
  if (context_.purpose == Purpose::page) curl().easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
}

void Retrieval::set_limits() {
  const HttpOptions& options = context_.options;
  curl().easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, parts_.scheme == "file" ? "file" : "http,https");
  curl().easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 1L);
  curl().easy_setopt(easy_, CURLOPT_MAXREDIRS, static_cast<long>(options.max_redirects));
  curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  if (options.transfer_timeout.count() > 0)
    curl().easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(options.transfer_timeout.count()));
  curl().easy_setopt(easy_, CURLOPT_BUFFERSIZE, receive_buffer_bytes);
}

void Retrieval::set_connection() {
  const HttpOptions& options = context_.options;
  curl().easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Retrieval::on_open_socket);
  curl().easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl().easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Retrieval::on_connected);
  curl().easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // Without this, giving up on a name waits for the resolver's thread, and all transfers with it.
  curl().easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl().easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl().easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl().easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Whether the host speaks HTTP/2 is worth waiting for only where it may: over TLS.
  if (parts_.scheme == "https") curl().easy_setopt(easy_, CURLOPT_PIPEWAIT, 1L);
  if (!options.ca_file.empty()) curl().easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  if (options.proxy) curl().easy_setopt(easy_, CURLOPT_PROXY, options.proxy->c_str());
}

size_t Retrieval::on_header(char* bytes, size_t size, size_t count, void* self) {
  auto& retrieval = *static_cast<Retrieval*>(self);
  retrieval.last_byte_ = retrieval.context_.surroundings.now();
  // Trailers of a chunked body come here too.
  if (!retrieval.body_begun_) retrieval.head_.take_line({bytes, size * count});
  return size * count;
}

size_t Retrieval::on_body(char* bytes, size_t size, size_t count, void* self) {
  auto& retrieval = *static_cast<Retrieval*>(self);
  // A local file is read in one go: libcurl would keep all of it in memory.
  if (retrieval.parts_.scheme != "file") {
    const auto now = retrieval.context_.surroundings.now();
    retrieval.paused_ = !retrieval.context_.rate.allows(now);
    if (retrieval.paused_) return CURL_WRITEFUNC_PAUSE;
    retrieval.context_.rate.take(static_cast<int64_t>(size * count), now);
  }
  const std::span<const char> body(bytes, size * count);
  return retrieval.take_body(std::as_bytes(body)) ? body.size() : CURL_WRITEFUNC_ERROR;
}

CURLcode Retrieval::resume() {
  paused_ = false;
  last_byte_ = context_.surroundings.now();
  return curl().easy_pause(easy_, CURLPAUSE_CONT);
}

curl_socket_t Retrieval::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& retrieval = *static_cast<Retrieval*>(self);
  if (retrieval.is_refused(address_text(address->addr))) {
    retrieval.refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened < 0 && files::is_shortage(errno)) retrieval.socket_error_ = errno;  // what else fails, another address may do without
  return opened;
}

/// Before each request, on a new connection or one used again (for which no socket is opened).
int Retrieval::on_connected(void* self, char* peer, char*, int, int) {
  auto& retrieval = *static_cast<Retrieval*>(self);
  Surroundings& surroundings = retrieval.context_.surroundings;
  retrieval.connected_ = true;
  retrieval.last_byte_ = surroundings.now();
  if (!retrieval.head_.is_redirect()) {
    retrieval.first_address_ = peer;
    // What a proxy connects to is not seen from here: then the name decides.
    retrieval.from_private_ =
        may_use_proxy(retrieval.context_.options) ? is_private_host(retrieval.parts_.host) : surroundings.is_private(peer);
    return CURL_PREREQFUNC_OK;
  }
  try {
    if (!retrieval.is_refused(peer) && !retrieval.names_refused_address()) return CURL_PREREQFUNC_OK;
    retrieval.refused_address_ = true;
  } catch (const std::bad_alloc&) {  // not through libcurl
    retrieval.fault_ = fault_of_memory();
  }
  return CURL_PREREQFUNC_ABORT;
}

/// Whether where a redirect leads is a refused address as it is written.
bool Retrieval::names_refused_address() const {
  const char* url = nullptr;
  curl().easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  const auto target = parse_url(url == nullptr ? "" : url);
  if (!target || !is_address(target->host)) return false;
  return is_refused(target->host.starts_with('[') ? target->host.substr(1, target->host.size() - 2) : target->host);
}

}  // namespace voxlake::net
