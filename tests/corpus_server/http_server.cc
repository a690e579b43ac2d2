#include "http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace corpus_server {
namespace {

constexpr const char* last_modified = "Tue, 01 Jan 2008 12:00:00 GMT";

/// A header's value; empty where it is not there. Names are compared without regard to case.
std::string header_of(std::string_view request, std::string_view name) {
  size_t line = request.find("\r\n");
  while (line != std::string_view::npos) {
    line += 2;
    const size_t end = request.find("\r\n", line);
    const std::string_view text = request.substr(line, end - line);
    const size_t colon = text.find(':');
    const auto same = [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    if (colon == name.size() && std::equal(name.begin(), name.end(), text.begin(), same)) {
      std::string_view value = text.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      return std::string(value);
    }
    line = end;
  }
  return {};
}

std::string decoded_path(std::string_view target) {
  target = target.substr(0, target.find('?'));
  std::string path;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == '%' && i + 2 < target.size()) {
      path += static_cast<char>(std::strtol(std::string(target.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      path += target[i];
    }
  }
  return path;
}

}  // namespace

HttpServer::~HttpServer() {
  for (const auto& [socket, connection] : connections_) close(socket);
  if (listener_ >= 0) close(listener_);
  if (events_ >= 0) close(events_);
}

uint16_t HttpServer::listen(uint16_t port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof local;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&local), size) != 0 || ::listen(listener_, 1024) != 0) return 0;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &size);
  events_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event wanted{EPOLLIN, {}};
  wanted.data.fd = listener_;
  epoll_ctl(events_, EPOLL_CTL_ADD, listener_, &wanted);
  return ntohs(local.sin_port);
}

void HttpServer::run(const std::atomic<bool>& stop) {
  std::array<epoll_event, 64> happened{};
  while (!stop) {
    const int count = epoll_wait(events_, happened.data(), happened.size(), 100);
    for (int i = 0; i < count; ++i) {
      const int socket = happened[static_cast<size_t>(i)].data.fd;
      if (socket == listener_) {
        accept_all();
      } else if (const auto found = connections_.find(socket); found != connections_.end()) {
        serve(socket, *found->second);
      }
    }
  }
}

void HttpServer::accept_all() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_[socket] = std::make_unique<Connection>();
    ++statistics_.connections;
    statistics_.most_connections = std::max(statistics_.most_connections, static_cast<int64_t>(connections_.size()));
    epoll_event wanted{EPOLLIN, {}};
    wanted.data.fd = socket;
    epoll_ctl(events_, EPOLL_CTL_ADD, socket, &wanted);
  }
}

/// Does what can be done without waiting: send what is left, take the next request.
void HttpServer::serve(int socket, Connection& connection) {
  while (true) {
    if (connection.answering) {
      if (!send_some(socket, connection)) return drop(socket);
      if (connection.answering) break;  // the client is slower
      if (connection.closes) return drop(socket);
    }
    const size_t end = connection.request.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::string request = connection.request.substr(0, end);
      connection.request.erase(0, end + 4);
      answer(connection, request);
      continue;
    }
    if (!receive(socket, connection)) return drop(socket);
    if (connection.request.find("\r\n\r\n") == std::string::npos) break;
  }
  epoll_event wanted{connection.answering ? EPOLLOUT : EPOLLIN, {}};
  wanted.data.fd = socket;
  epoll_ctl(events_, EPOLL_CTL_MOD, socket, &wanted);
}

/// False where the client has gone.
bool HttpServer::receive(int socket, Connection& connection) {
  std::array<char, 8192> buffer{};
  const ssize_t count = recv(socket, buffer.data(), buffer.size(), 0);
  if (count > 0) connection.request.append(buffer.data(), static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EAGAIN);
}

/// False where the client has gone.
bool HttpServer::send_some(int socket, Connection& connection) {
  while (connection.head_sent < connection.head.size()) {
    const int more = connection.first < connection.end ? MSG_MORE : 0;
    const ssize_t count =
        send(socket, connection.head.data() + connection.head_sent, connection.head.size() - connection.head_sent, MSG_NOSIGNAL | more);
    if (count < 0) return errno == EAGAIN;
    connection.head_sent += static_cast<size_t>(count);
  }
  while (connection.first < connection.end) {
    ssize_t count = 0;
    const auto left = static_cast<size_t>(connection.end - connection.first);
    if (connection.content.bytes) {
      count = send(socket, connection.content.bytes->data() + connection.first, left, MSG_NOSIGNAL);
    } else {
      off_t from = connection.first;
      count = sendfile(socket, connection.content.file, &from, std::min<size_t>(left, 4 << 20));
    }
    if (count <= 0) return count < 0 && errno == EAGAIN;
    connection.first += count;
    statistics_.bytes += count;
  }
  connection.answering = false;
  connection.content = {};
  return true;
}

void HttpServer::answer(Connection& connection, const std::string& request) {
  ++statistics_.requests;
  const size_t space = request.find(' ');
  const std::string method = request.substr(0, space);
  const std::string target = request.substr(space + 1, request.find(' ', space + 1) - space - 1);
  connection.closes = header_of(request, "Connection") == "close" || request.find(" HTTP/1.0\r\n") != std::string::npos;
  connection.answering = true;
  connection.head_sent = 0;
  connection.first = connection.end = 0;
  const auto content = site_.find(decoded_path(target));
  if (!content || (method != "GET" && method != "HEAD")) {
    connection.head = std::string(content ? "HTTP/1.1 405 Not Allowed" : "HTTP/1.1 404 Not Found") + "\r\nContent-Length: 0\r\n\r\n";
    return;
  }
  const std::string validators = "ETag: " + content->etag + "\r\nLast-Modified: " + last_modified + "\r\nAccept-Ranges: bytes\r\n";
  const std::string known = header_of(request, "If-None-Match");
  if (known == content->etag || (known.empty() && header_of(request, "If-Modified-Since") == last_modified)) {
    connection.head = "HTTP/1.1 304 Not Modified\r\n" + validators + "\r\n";
    return;
  }
  connection.content = *content;
  connection.end = content->size;
  std::string status = "200 OK";
  std::string extent;
  const std::string range = header_of(request, "Range");
  const std::string only_if = header_of(request, "If-Range");
  if (range.starts_with("bytes=") && range.size() > 6 && range[6] != '-' && (only_if.empty() || only_if == content->etag)) {
    char* rest = nullptr;
    connection.first = std::strtoll(range.c_str() + 6, &rest, 10);
    if (*rest == '-' && rest[1] != '\0') connection.end = std::min<int64_t>(std::strtoll(rest + 1, nullptr, 10) + 1, content->size);
    if (connection.first >= content->size) {
      connection.first = connection.end = 0;
      connection.head =
          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" + std::to_string(content->size) + "\r\nContent-Length: 0\r\n\r\n";
      return;
    }
    status = "206 Partial Content";
    extent = "Content-Range: bytes " + std::to_string(connection.first) + "-" + std::to_string(connection.end - 1) + "/" +
             std::to_string(content->size) + "\r\n";
  }
  connection.head = "HTTP/1.1 " + status + "\r\nContent-Type: " + content->type + "\r\n" + validators + extent +
                    "Content-Length: " + std::to_string(connection.end - connection.first) + "\r\n\r\n";
  if (method == "HEAD") connection.first = connection.end;
}

void HttpServer::drop(int socket) {
  close(socket);
  connections_.erase(socket);
}

}  // namespace corpus_server
