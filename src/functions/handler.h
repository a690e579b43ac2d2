#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "error/result.h"
#include "functions/call.h"
#include "functions/worker.h"
#include "pipeline/observer.h"

namespace voxlake::functions {

/// An HTTP request as the server took it. The path is without the query; both are decoded.
struct HttpRequest {
  std::string method;
  std::string path;
  std::multimap<std::string, std::string> query;
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::map<std::string, std::string> headers;  ///< beside Content-Type: application/json
  std::string body;
};

/// The settings in force, with what a Key Vault keeps read from it. Asked for each request; may be slow.
using CurrentSettings = std::function<Result<config::Resolved>()>;

/// What the handler is given.
struct Surroundings {
  CurrentSettings settings;
  Worker* worker = nullptr;
  std::function<Result<Json>(const config::Resolved&, const Request&)> describe_lake;
  pipeline::Observer* log = nullptr;
  std::string host_name;  ///< WEBSITE_HOSTNAME: how callers reach the function app; may be empty
};

/// Answers what the Functions host sends: /FUNCTION with wrapped calls, /api/FUNCTION with forwarded ones, and / when it asks whether
/// the program is there. No sockets. Thread safe.
///
/// discover, decode and features answer 202 at once, with the operation's state and the address to ask for it; a timer's and a queue's call
/// are answered when the operation has ended, with 500 where it failed, so that the host knows. status answers 202 while the operation goes
/// on and 200 when it has ended, well or not; without an id it answers what the lake holds.
class Handler {
 public:
  explicit Handler(Surroundings around) : around_(std::move(around)) {}
  HttpReply answer(const HttpRequest& request) const;

 private:
  /// What the caller is told: becomes an HTTP answer, or the output `res` of a wrapped call.
  struct Told {
    int status = 200;
    std::map<std::string, std::string> headers;
    Json body;
  };

  Told serve(const Call& call) const;
  Told serve_request(const Call& call, const Request& request) const;
  Told serve_status(const Call& call, const Request& request) const;
  Told tell_operation(const Call& call, const Operation& operation) const;
  std::string status_address(const Call& call, const std::string& id) const;
  static Told tell_error(int status, const Error& error);

  const Surroundings around_;
};

}  // namespace voxlake::functions
