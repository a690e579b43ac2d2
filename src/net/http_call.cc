#include "net/http_call.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "files/system_error.h"
#include "net/blocked_signal.h"
#include "net/header_text.h"

namespace voxlake::net {
namespace {

constexpr long transfer_buffer_bytes = 512L << 10;

/// What comes back, while it does.
struct Incoming {
  HttpAnswer answer;
  int64_t max_bytes = 0;
  bool has_body = true;  ///< not after HEAD, which tells the length of what it does not send
  bool too_large = false;
  int socket_error = 0;  ///< errno of a socket that could not be opened
};

size_t on_header(char* bytes, size_t size, size_t count, void* self) {
  auto& incoming = *static_cast<Incoming*>(self);
  const std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) incoming.answer.headers.clear();  // an interim answer came before
  if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string value(trimmed(line.substr(colon + 1)));
    if (name == "content-length" && incoming.has_body) {
      const int64_t length = std::strtoll(value.c_str(), nullptr, 10);
      constexpr int64_t most_reserved = int64_t{64} << 20;  // the server may say anything
      if (length > 0) incoming.answer.body.reserve(static_cast<size_t>(std::min(length, most_reserved)));
    }
    incoming.answer.headers[std::move(name)] = value;
  }
  return size * count;
}

size_t on_body(char* bytes, size_t size, size_t count, void* self) {
  auto& incoming = *static_cast<Incoming*>(self);
  incoming.too_large = static_cast<int64_t>(incoming.answer.body.size() + size * count) > incoming.max_bytes;
  if (incoming.too_large) return CURL_WRITEFUNC_ERROR;
  incoming.answer.body.append(bytes, size * count);
  return size * count;
}

curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened < 0 && files::is_shortage(errno)) static_cast<Incoming*>(self)->socket_error = errno;
  return opened;
}

CurlList header_list(const HttpCall& call) {
  CurlList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl().slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();  // a request without its condition would mean another thing
    (void)list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : call.headers) add(value.empty() ? name + ";" : name + ": " + value);
  add("Expect:");  // no waiting for a leave to send
  return list;
}

void set_method(CURL* easy, const HttpCall& call) {
  if (call.method == "HEAD") {
    curl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (call.method == "PUT" || call.method == "POST") {
    curl().easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.empty() ? "" : call.body.data());
    curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  }
  curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
}

void set_connection(CURL* easy, const HttpCall& call, const HttpCaller::Options& options) {
  curl().easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl().easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl().easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call.connect_timeout.count()));
  curl().easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl().easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<int64_t>(call.stall_timeout.count() / 1000, 1)));
  curl().easy_setopt(easy, CURLOPT_BUFFERSIZE, transfer_buffer_bytes);
  curl().easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, transfer_buffer_bytes);
  curl().easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.ca_file.empty()) curl().easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  curl().easy_setopt(easy, CURLOPT_FRESH_CONNECT, call.fresh_connection ? 1L : 0L);
  if (!call.through_proxy) curl().easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

Fault fault_of(CURL* easy, CURLcode code, int socket_error, const char* detail) {
  CurlFailure failure{.code = code, .detail = detail};
  curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &failure.system_error);
  if (socket_error != 0) failure.system_error = socket_error;
  curl().easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  curl_off_t connect_us = 0;
  curl().easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect_us);
  failure.connected = connect_us > 0;
  return fault_of_curl(failure);
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpCaller::HttpCaller(Options options) : options_(std::move(options)) {}

CurlEasy HttpCaller::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      CurlEasy easy = std::move(idle_.back());
      idle_.pop_back();
      return easy;
    }
  }
  return CurlEasy(curl().easy_init());
}

void HttpCaller::give_back(CurlEasy easy) {
  curl().easy_reset(easy.get());  // keeps its connections
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(easy));
}

tl::expected<HttpAnswer, Fault> HttpCaller::call(const HttpCall& call) {
  if (const Status loaded = load_curl(); !loaded) {
    return tl::unexpected(Fault{"no_libcurl", loaded.error().message, loaded.error().remedy, loaded.error().kind});
  }
  CurlEasy easy = take();
  if (!easy) return tl::unexpected(Fault{"transfer_failed", "libcurl is out of memory", "", ErrorKind::internal});
  const BlockedBrokenPipe blocked;
  Incoming incoming;
  incoming.max_bytes = options_.max_answer_bytes;
  incoming.has_body = call.method != "HEAD";
  std::array<char, CURL_ERROR_SIZE> detail{};
  const CurlList headers = header_list(call);
  set_connection(easy.get(), call, options_);
  set_method(easy.get(), call);
  curl().easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl().easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, detail.data());
  curl().easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &on_header);
  curl().easy_setopt(easy.get(), CURLOPT_HEADERDATA, &incoming);
  curl().easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl().easy_setopt(easy.get(), CURLOPT_WRITEDATA, &incoming);
  curl().easy_setopt(easy.get(), CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  curl().easy_setopt(easy.get(), CURLOPT_OPENSOCKETDATA, &incoming);
  const CURLcode code = curl().easy_perform(easy.get());
  if (code != CURLE_OK) {
    // The handle goes with its connections: what is left on them belongs to a lost answer.
    if (incoming.too_large) return tl::unexpected(Fault{"too_large", "the answer is too large", "", ErrorKind::limit_exceeded});
    return tl::unexpected(fault_of(easy.get(), code, incoming.socket_error, detail.data()));
  }
  curl().easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &incoming.answer.status);
  give_back(std::move(easy));
  return std::move(incoming.answer);
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) || std::string_view("-._~").find(c) != std::string_view::npos ||
                       kept.find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
    } else {
      encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return encoded;
}

}  // namespace voxlake::net
