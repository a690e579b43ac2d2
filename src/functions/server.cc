#include "functions/server.h"

#include <httplib.h>

#include <chrono>
#include <exception>
#include <thread>

// The only file that knows the HTTP library (cpp-httplib). What it or a handler throws ends here.

namespace voxlake::functions {
namespace {

constexpr size_t threads = 32;  ///< they wait: for the lake, or for an operation that a timer asked for
constexpr std::chrono::seconds longest_request{10};
constexpr std::chrono::milliseconds look_around{20};

void refuse(httplib::Response& response, int status, const char* why) {
  response.status = status;
  response.set_content(std::string("{\"error\":\"") + why + "\"}", "application/json");
}

void give(const HttpRequest& request, const std::function<HttpReply(const HttpRequest&)>& answer, httplib::Response& response) {
  const HttpReply reply = answer(request);
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  response.set_content(reply.body, "application/json");
}

HttpRequest head_of(const httplib::Request& request) {
  return {request.method, request.path, {request.params.begin(), request.params.end()}, {}};
}

void configure(httplib::Server& server) {
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };  // the library's to delete
  server.set_payload_max_length(most_body_bytes);
  server.set_keep_alive_max_count(1);  // else an idle connection of the host's would hold a thread
  server.set_read_timeout(longest_request);
  server.set_tcp_nodelay(true);
  server.set_socket_options([](socket_t socket) {  // not the library's SO_REUSEPORT, by which another process could take part of the calls
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
    refuse(response, 500, "a defect of voxlake");
  });
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    refuse(response, response.status, response.status == 413 ? "the body is too long" : "this is no request for voxlake");
  });
}

/// The thread that waits for the end, joined whatever happens.
struct Watcher {
  std::atomic<bool> ended{false};
  std::thread thread;
  ~Watcher() {
    ended = true;
    if (thread.joinable()) thread.join();
  }
};

}  // namespace

Status serve(int port, const std::function<HttpReply(const HttpRequest&)>& answer, const std::function<void(int port)>& ready,
             const std::function<void()>& stopping, const std::atomic<bool>& stop) {
  try {
    httplib::Server server;
    configure(server);
    server.Get("/.*", [&](const httplib::Request& request, httplib::Response& response) { give(head_of(request), answer, response); });
    server.Post("/.*", [&](const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& read) {
      if (request.is_multipart_form_data()) return refuse(response, 415, "the body must be application/json");
      HttpRequest whole = head_of(request);
      bool too_long = false;
      const bool done = read([&](const char* data, size_t length) {
        too_long = whole.body.size() + length > most_body_bytes;
        if (!too_long) whole.body.append(data, length);
        return !too_long;
      });
      if (too_long) return refuse(response, 413, "the body is too long");
      if (!done) return refuse(response, response.status >= 400 ? response.status : 400, "the body did not come whole");
      give(whole, answer, response);
    });
    const int bound = port == 0 ? server.bind_to_any_port("127.0.0.1") : (server.bind_to_port("127.0.0.1", port) ? port : -1);
    if (bound < 0) {
      return failure(ErrorKind::io, "cannot listen on 127.0.0.1:" + std::to_string(port),
                     "another process may have the port; choose another");
    }
    Watcher watcher;
    watcher.thread = std::thread([&] {
      while (!stop && !watcher.ended) std::this_thread::sleep_for(look_around);
      if (!watcher.ended) stopping();
      while (!server.is_running() && !watcher.ended) std::this_thread::sleep_for(look_around);
      server.stop();
    });
    ready(bound);
    const bool listened = server.listen_after_bind();
    if (!listened && !stop) return failure(ErrorKind::io, "the server on 127.0.0.1:" + std::to_string(bound) + " broke off");
    return {};
  } catch (const std::exception& error) {
    return failure(ErrorKind::internal, std::string("the HTTP server failed: ") + error.what());
  }
}

}  // namespace voxlake::functions
