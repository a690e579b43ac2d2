#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace voxlake::net {

/// What a client asked for. Header names are in lower case.
struct ServedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;  ///< as announced by Content-Length

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// How an answer's body is framed.
enum class Framing {
  length,   ///< Content-Length, as `announced_bytes` says or else as it is
  chunked,  ///< Transfer-Encoding: chunked
  close,    ///< ends with the connection
};

/// What happens after the last byte that is sent.
enum class Ending { keep_alive, close, reset, stall };

/// One answer, as truthful or not as a test wants it.
struct Answer {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  Framing framing = Framing::length;
  std::optional<int64_t> announced_bytes = {};
  std::optional<size_t> sent_bytes = {};  ///< how much of the body is sent; all of it where not set
  Ending ending = Ending::keep_alive;
  bool silent = false;  ///< not even a status line
};

using Behaviour = std::function<Answer(const ServedRequest&)>;

/// Always the same answer.
inline Behaviour answer(Answer fixed) {
  return [fixed](const ServedRequest&) { return fixed; };
}

/// A status with a short text.
inline Behaviour status(int code, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return answer({.status = code, .body = "status " + std::to_string(code), .headers = std::move(headers)});
}

/// Serves `body` as a good server does: with ETag, 304 and ranges (RFC 9110).
inline Answer serve_file(const ServedRequest& request, const std::string& body, const std::string& etag) {
  Answer whole{.status = 200, .body = body, .headers = {{"ETag", etag}, {"Accept-Ranges", "bytes"}}};
  if (request.header("if-none-match") == etag) return {.status = 304, .headers = {{"ETag", etag}}};
  const std::string range = request.header("range");
  if (!range.starts_with("bytes=") || (!request.header("if-range").empty() && request.header("if-range") != etag)) return whole;
  const size_t first = std::stoul(range.substr(6));
  if (first >= body.size()) return {.status = 416, .headers = {{"Content-Range", "bytes */" + std::to_string(body.size())}}};
  Answer rest{.status = 206, .body = body.substr(first), .headers = {{"ETag", etag}}};
  rest.headers.emplace_back("Content-Range",
                            "bytes " + std::to_string(first) + "-" + std::to_string(body.size() - 1) + "/" + std::to_string(body.size()));
  return rest;
}

inline Behaviour file(std::string body, std::string etag = "\"v1\"") {
  return [body = std::move(body), etag = std::move(etag)](const ServedRequest& request) { return serve_file(request, body, etag); };
}

/// An HTTP/1.1 server on a loopback address that answers each path by its script: the first behaviour for the first request of that path,
/// and so on; the last one stays. Unknown paths are answered by the script of `*`, or get 404. One thread accepts, one serves each
/// connection.
class ScriptedServer {
 public:
  explicit ScriptedServer(const std::string& address = "127.0.0.1") : address_(address) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    inet_pton(AF_INET, address.c_str(), &local.sin_addr);
    socklen_t size = sizeof local;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&local), size) != 0 || listen(listener_, 128) != 0) std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &size);
    port_ = ntohs(local.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (std::thread& thread : connections_) thread.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  void script(const std::string& path, std::vector<Behaviour> behaviours) {
    const std::lock_guard lock(mutex_);
    scripts_[path] = std::move(behaviours);
    turns_[path] = 0;
  }
  std::string url(const std::string& path) const { return "http://" + authority() + path; }
  std::string authority() const { return address_ + ":" + std::to_string(port_); }

  std::vector<ServedRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connection_count() const { return connection_count_; }
  /// The most connections that were open at once.
  int most_connections() const { return most_connections_; }

 private:
  void accept_all() {
    while (!stopping_) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      ++connection_count_;
      most_connections_ = std::max(most_connections_.load(), ++open_connections_);
      connections_.emplace_back([this, connection] {
        serve(connection);
        close(connection);
        --open_connections_;
      });
    }
  }

  /// Until there is something to read. False when the other side or the test has gone.
  bool wait_for_input(int connection) const {
    while (!stopping_) {
      pollfd wanted{connection, POLLIN | POLLRDHUP, 0};
      if (poll(&wanted, 1, 5) > 0) return (wanted.revents & (POLLERR | POLLHUP)) == 0 && (wanted.revents & POLLIN) != 0;
    }
    return false;
  }

  void serve(int connection) {
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string pending;
    while (true) {
      size_t end = pending.find("\r\n\r\n");
      while (end == std::string::npos) {
        char buffer[4096];
        if (!wait_for_input(connection)) return;
        const ssize_t count = recv(connection, buffer, sizeof buffer, 0);
        if (count <= 0) return;
        pending.append(buffer, static_cast<size_t>(count));
        // The first byte of a TLS handshake.
        if (pending.front() == '\x16') {
          send_all(connection, framed({.status = 400}, false));
          return;
        }
        end = pending.find("\r\n\r\n");
      }
      ServedRequest request = parse(pending.substr(0, end));
      pending.erase(0, end + 4);
      const size_t length = std::strtoul(request.header("content-length").c_str(), nullptr, 10);
      while (pending.size() < length) {
        char buffer[65536];
        if (!wait_for_input(connection)) return;
        const ssize_t count = recv(connection, buffer, sizeof buffer, 0);
        if (count <= 0) return;
        pending.append(buffer, static_cast<size_t>(count));
      }
      request.body = pending.substr(0, length);
      pending.erase(0, length);
      if (!send_answer(connection, behave(request), request)) return;
    }
  }

  static ServedRequest parse(const std::string& head) {
    ServedRequest request;
    size_t line_end = head.find("\r\n");
    const std::string first = head.substr(0, line_end);
    const size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    while (line_end != std::string::npos) {
      const size_t start = line_end + 2;
      line_end = head.find("\r\n", start);
      const std::string line = head.substr(start, line_end - start);
      const size_t colon = line.find(": ");
      if (colon == std::string::npos) continue;
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = line.substr(colon + 2);
    }
    return request;
  }

  Answer behave(const ServedRequest& request) {
    Behaviour behaviour;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      auto found = scripts_.find(request.target);
      if (found == scripts_.end()) found = scripts_.find("*");
      if (found == scripts_.end() || found->second.empty()) return {.status = 404, .body = "no such path"};
      const size_t turn = std::min(turns_[found->first]++, found->second.size() - 1);
      behaviour = found->second[turn];
    }
    return behaviour(request);
  }

  static bool send_all(int connection, std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  /// Whether the connection goes on.
  bool send_answer(int connection, const Answer& answer, const ServedRequest& request) {
    if (!answer.silent && !send_all(connection, framed(answer, request.method == "HEAD"))) return false;
    switch (answer.ending) {
      case Ending::keep_alive: return answer.framing != Framing::close;
      case Ending::close: return false;
      case Ending::stall: wait_for_input(connection); return false;
      case Ending::reset: break;
    }
    // Linger of zero: closing sends a reset in place of an orderly end. The client must have read what came before, or it is lost.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const linger at_once{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return false;
  }

  static std::string framed(const Answer& answer, bool head_only) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
    for (const auto& [name, value] : answer.headers) text.append(name).append(": ").append(value).append("\r\n");
    const bool bodiless = answer.status == 304 || answer.status == 204;
    if (answer.framing == Framing::length && !bodiless) {
      const int64_t announced = answer.announced_bytes.value_or(static_cast<int64_t>(answer.body.size()));
      text.append("Content-Length: ").append(std::to_string(announced)).append("\r\n");
    }
    if (answer.framing == Framing::chunked) text.append("Transfer-Encoding: chunked\r\n");
    text.append("\r\n");
    if (head_only || bodiless) return text;
    const std::string body = answer.body.substr(0, answer.sent_bytes.value_or(answer.body.size()));
    if (answer.framing != Framing::chunked) return text.append(body);
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", body.size());
    if (!body.empty()) text.append(size).append(body).append("\r\n");
    // A body that is cut short lacks the last chunk.
    if (body.size() == answer.body.size()) text.append("0\r\n\r\n");
    return text;
  }

  std::string address_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> connections_;  ///< of the acceptor's thread, until it has ended
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Behaviour>> scripts_;
  std::map<std::string, size_t> turns_;
  std::vector<ServedRequest> requests_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connection_count_ = 0;
  std::atomic<int> open_connections_ = 0;
  std::atomic<int> most_connections_ = 0;
};

}  // namespace voxlake::net
