#include "net/fault.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "files/system_error.h"
#include "net/curl.h"
#include "net/mask.h"
#include "net/retry.h"

namespace voxlake::net {
namespace {

constexpr const char* try_later = "run again later: what is already there is not fetched twice";

std::string remedy_of_status(long status) {
  switch (status) {
    case 401: return "give a user and password in the URL";
    case 403: return "check that the address may be read without signing in, and that its token has not expired";
    case 404:
    case 410: return "check the address";
    case 407: return "give the proxy's user and password in http_proxy or https_proxy";
    default: return is_transient_status(status) ? try_later : "";
  }
}

Fault transient(std::string reason, std::string what) {
  return {std::move(reason), std::move(what), try_later, ErrorKind::network, true};
}

Fault lasting(std::string reason, std::string what, std::string remedy, ErrorKind kind = ErrorKind::network) {
  return {std::move(reason), std::move(what), std::move(remedy), kind};
}

/// This machine cannot, whatever is asked for: other transfers may give something back, but where they do not, no source is to blame.
Fault of_machine(std::string reason, std::string what, std::string remedy) {
  Fault fault = lasting(std::move(reason), std::move(what), std::move(remedy), ErrorKind::io);
  fault.transient = true;
  fault.ends_run = true;
  return fault;
}

/// Nor will it later.
Fault unusable(std::string reason, std::string what, std::string remedy) {
  Fault fault = of_machine(std::move(reason), std::move(what), std::move(remedy));
  fault.transient = false;
  return fault;
}

Fault shortage(int code) {
  const bool of_handles = code == EMFILE || code == ENFILE;
  return of_machine(of_handles ? "too_many_open_files" : "out_of_memory", std::generic_category().message(code),
                    files::remedy_of(code, {}));
}

/// The shortage, if there is one, for which a name cannot be looked up: the resolver keeps it to itself.
int shortage_of_sockets() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return files::is_shortage(errno) ? errno : 0;
  close(descriptor);
  return 0;
}

Fault fault_of_connect(const CurlFailure& failure) {
  if (files::is_shortage(static_cast<int>(failure.system_error))) return shortage(static_cast<int>(failure.system_error));
  if (failure.system_error == ECONNREFUSED) return transient("connection_refused", "the connection was refused");
  if (failure.system_error == ETIMEDOUT) return transient("connect_timed_out", "nobody answered in time");
  return transient("connect_failed", "no connection could be made");
}

}  // namespace

Fault fault_of_status(long status) {
  Fault fault;
  fault.reason = "http_" + std::to_string(status);
  fault.what = "the server answered " + std::to_string(status);
  fault.remedy = remedy_of_status(status);
  fault.transient = is_transient_status(status);
  fault.gone = status == 404 || status == 410;
  if (fault.gone) fault.kind = ErrorKind::not_found;
  return fault;
}

Fault fault_of_curl(const CurlFailure& failure) {
  if (failure.proxy_status >= 400) {
    Fault fault = fault_of_status(failure.proxy_status);
    fault.reason = "proxy_" + std::to_string(failure.proxy_status);
    fault.what = "the proxy answered " + std::to_string(failure.proxy_status);
    fault.gone = false;
    fault.kind = ErrorKind::network;
    return fault;
  }
  const std::string detail = failure.detail.empty() ? curl().easy_strerror(failure.code) : failure.detail;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      if (const int code = shortage_of_sockets(); code != 0) return shortage(code);
      if (detail.find("thread failed to start") != std::string::npos) {
        return of_machine("no_thread", "no thread could be started to look up the host name", "raise the limit (ulimit -u)");
      }
      return failure.code == CURLE_COULDNT_RESOLVE_HOST ? transient("dns_failed", "the host name could not be resolved")
                                                        : transient("proxy_failed", "the proxy's name could not be resolved");
    case CURLE_PROXY: return transient("proxy_failed", "the proxy did not connect us: " + detail);
    case CURLE_COULDNT_CONNECT: return fault_of_connect(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return failure.connected ? transient("timed_out", "the transfer took too long")
                               : transient("connect_timed_out", "nobody answered in time");
    case CURLE_PARTIAL_FILE: return transient("truncated", "the transfer ended before the announced length");
    case CURLE_GOT_NOTHING: return transient("no_answer", "the server closed the connection without an answer");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return transient("connection_reset", "the connection broke off");
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY: return transient("bad_answer", "the answer was no HTTP: " + detail);
    case CURLE_SSL_CONNECT_ERROR: return transient("tls_failed", "no secure connection could be made: " + detail);
    case CURLE_PEER_FAILED_VERIFICATION:
      return lasting("tls_certificate", "the server's certificate is not to be trusted: " + detail,
                     "check the address and the machine's clock; for a private authority name its PEM file as ca_file");
    case CURLE_SSL_CACERT_BADFILE:
      if (const int code = shortage_of_sockets(); code != 0) return shortage(code);
      return unusable("ca_file", "the file of trusted certificates cannot be read: " + detail, "check ca_file");
    case CURLE_OUT_OF_MEMORY:
      // Said of an answer's header as well that is longer than libcurl takes.
      if (files::is_memory_short() || !failure.connected) return of_machine("out_of_memory", detail, files::remedy_of(ENOMEM, {}));
      return lasting("bad_answer", "a part of the answer is larger than is taken", "");
    case CURLE_FAILED_INIT: return unusable("transfer_failed", "libcurl cannot begin: " + detail, "see `voxlake doctor`");
    case CURLE_TOO_MANY_REDIRECTS: return lasting("too_many_redirects", "the server redirected too often", "check the address");
    case CURLE_UNSUPPORTED_PROTOCOL:
      // Before the connection it is about the URL; after it, about an answer that is no HTTP/1 or 2.
      if (failure.connected) return transient("bad_answer", "the answer was no HTTP: " + detail);
      [[fallthrough]];
    case CURLE_URL_MALFORMAT:
      return lasting("bad_url", "no such address can be fetched: " + detail, "give an http, https or file URL",
                     ErrorKind::invalid_argument);
    case CURLE_BAD_CONTENT_ENCODING: return lasting("bad_encoding", "the answer is compressed in a way that cannot be read: " + detail, "");
    default: return lasting("transfer_failed", detail, "");
  }
}

Fault fault_of_file_error(int code) {
  if (files::is_shortage(code)) return shortage(code);
  if (code == ENOENT || code == ENOTDIR) {
    Fault fault = lasting("file_not_found", "there is no such file", "check the path", ErrorKind::not_found);
    fault.gone = true;
    return fault;
  }
  return lasting("file_unreadable", "it cannot be read: " + std::generic_category().message(code),
                 files::remedy_of(code, "check its permissions"), ErrorKind::io);
}

Fault fault_of_file(const std::string& path, int64_t offset) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return fault_of_file_error(errno);
  char byte = 0;
  const ssize_t count = pread(descriptor, &byte, 1, offset);
  const int code = count < 0 ? errno : 0;
  close(descriptor);
  if (code != 0) return fault_of_file_error(code);
  return transient("truncated", "the file changed, or could not be read to its end, while it was read");
}

Fault fault_of_memory() {
  return shortage(ENOMEM);
}

Error to_error(const Fault& fault, const std::string& url, int32_t attempts) {
  Error error{fault.kind, "cannot fetch " + mask_url(url) + ": " + fault.what, fault.remedy, {{"reason", fault.reason}}};
  if (attempts > 1) error.details.emplace_back("attempts", std::to_string(attempts));
  return error;
}

}  // namespace voxlake::net
