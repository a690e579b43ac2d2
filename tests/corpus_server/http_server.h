#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "site.h"

namespace corpus_server {

/// What was asked of the server so far.
struct Statistics {
  int64_t requests = 0;
  int64_t connections = 0;
  int64_t most_connections = 0;  ///< open at once
  int64_t bytes = 0;             ///< of bodies
};

/// HTTP/1.1 on 127.0.0.1, on one thread with epoll: GET and HEAD, kept connections, ETag, Last-Modified, If-None-Match, a single Range with
/// If-Range. Made to cost little, so that what is measured is the client.
class HttpServer {
 public:
  explicit HttpServer(Site& site) : site_(site) {}
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  /// Port 0: any free one. The port, or 0 where it cannot listen.
  uint16_t listen(uint16_t port);
  /// Until `stop` is set.
  void run(const std::atomic<bool>& stop);
  const Statistics& statistics() const { return statistics_; }

 private:
  struct Connection {
    std::string request;
    std::string head;
    size_t head_sent = 0;
    Content content;
    int64_t first = 0;  ///< of the body that is still to be sent
    int64_t end = 0;
    bool answering = false;
    bool closes = false;
  };

  void accept_all();
  void serve(int socket, Connection& connection);
  bool receive(int socket, Connection& connection);
  bool send_some(int socket, Connection& connection);
  void answer(Connection& connection, const std::string& request);
  void drop(int socket);

  Site& site_;
  int listener_ = -1;
  int events_ = -1;
  std::map<int, std::unique_ptr<Connection>> connections_;
  Statistics statistics_;
};

}  // namespace corpus_server
