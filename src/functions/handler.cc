#include "functions/handler.h"

#include <chrono>
#include <utility>

#include "functions/request.h"

namespace voxlake::functions {
namespace {

constexpr std::string_view forwarded_prefix = "/api/";
constexpr const char* retry_seconds = "10";

int status_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::invalid_argument: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::conflict: return 409;
    case ErrorKind::limit_exceeded: return 429;
    case ErrorKind::cancelled:
    case ErrorKind::network: return 503;
    default: return 500;
  }
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_local(std::string_view host) {
  return host.starts_with("localhost") || host.starts_with("127.0.0.1");
}

/// The host takes any other status than 200 for a failed invocation, and gives the caller 500.
HttpReply wrap(const Call& call, int status, const std::map<std::string, std::string>& headers, const Json& body) {
  HttpReply reply;
  Json outputs = Json::object();
  if (call.trigger == Trigger::http) {
    Json told{{"Content-Type", "application/json"}};
    for (const auto& [name, value] : headers) told[name] = value;
    outputs["res"] = {{"statusCode", status}, {"headers", std::move(told)}, {"body", text_of(body)}};
  } else {
    reply.status = status < 300 ? 200 : 500;
  }
  const std::string line = call.function + ": " + std::to_string(status);
  reply.body = text_of({{"Outputs", std::move(outputs)}, {"Logs", Json::array({line})}, {"ReturnValue", nullptr}});
  return reply;
}

}  // namespace

HttpReply Handler::answer(const HttpRequest& request) const {
  const auto begin = std::chrono::steady_clock::now();
  const bool is_forwarded = request.path.starts_with(forwarded_prefix);
  const std::string function = request.path.substr(is_forwarded ? forwarded_prefix.size() : 1);
  if (function.empty() && !is_forwarded) return {200, {}, text_of({{"program", "voxlake"}})};
  Result<Call> call =
      is_forwarded ? read_forwarded_call(function, request.method, request.query, request.body) : read_wrapped_call(function, request.body);
  HttpReply reply;
  int status = 400;
  if (!call) {
    const Told told = tell_error(status, call.error());
    reply = {told.status, told.headers, text_of(told.body)};
  } else {
    const Told told = serve(*call);
    status = told.status;
    reply = is_forwarded ? HttpReply{told.status, told.headers, text_of(told.body)} : wrap(*call, told.status, told.headers, told.body);
  }
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  const pipeline::Level level = status < 500 ? pipeline::Level::info : pipeline::Level::warning;
  around_.log->message(level, request.method + " " + printable(request.path) + ": " + std::to_string(status) + " in " +
                                  std::to_string(milliseconds) + " ms");  // never the query: it holds the function's key
  return reply;
}

Handler::Told Handler::serve(const Call& call) const {
  const Result<Request> request = read_request(call);
  if (!request) return tell_error(status_of(request.error()), request.error());
  const bool takes_get = request->task == Task::status;
  if (call.method != "POST" && !(takes_get && call.method == "GET")) {
    Told told =
        tell_error(405, {ErrorKind::invalid_argument, "the method " + printable(call.method) + " is not for " + call.function, "", {}});
    told.headers["Allow"] = takes_get ? "GET, POST" : "POST";
    return told;
  }
  return takes_get ? serve_status(call, *request) : serve_request(call, *request);
}

Handler::Told Handler::serve_request(const Call& call, const Request& request) const {
  const auto resolved = around_.settings();
  if (!resolved) return tell_error(503, resolved.error());
  if (const Status allowed = check_allowed(request, resolved->settings); !allowed) return tell_error(403, allowed.error());
  auto operation = around_.worker->submit(request, /*retries=*/call.trigger == Trigger::queue);
  if (operation && call.trigger != Trigger::http) {
    operation = around_.worker->await_end(operation->id);
    if (operation && operation->state == State::failed) {
      return tell_error(500, {ErrorKind::io, "operation " + operation->id + " failed: " + operation->error, "", {}});
    }
  }
  if (!operation) return tell_error(status_of(operation.error()), operation.error());
  return tell_operation(call, *operation);
}

Handler::Told Handler::serve_status(const Call& call, const Request& request) const {
  if (request.id.empty() || !request.lake.empty()) {
    const auto resolved = around_.settings();
    if (!resolved) return tell_error(503, resolved.error());
    if (const Status allowed = check_allowed(request, resolved->settings); !allowed) return tell_error(403, allowed.error());
    if (request.id.empty()) {
      const auto lake = around_.describe_lake(*resolved, request);
      return lake ? Told{200, {}, *lake} : tell_error(status_of(lake.error()), lake.error());
    }
  }
  const auto operation = around_.worker->look(request.id);
  if (operation) return tell_operation(call, *operation);
  if (operation.error().kind != ErrorKind::not_found) return tell_error(status_of(operation.error()), operation.error());
  return tell_error(404, {ErrorKind::not_found, "there is no operation " + request.id, "operations are forgotten after 30 days", {}});
}

Handler::Told Handler::tell_operation(const Call& call, const Operation& operation) const {
  Told told;
  told.body = to_answer(operation);
  told.body["status_url"] = status_address(call, operation.id);
  if (has_ended(operation.state)) return told;
  told.status = 202;
  told.headers["Location"] = status_address(call, operation.id);
  told.headers["Retry-After"] = retry_seconds;
  return told;
}

/// Without the function's key: who asks has one.
std::string Handler::status_address(const Call& call, const std::string& id) const {
  std::string origin = call.origin;
  if (!around_.host_name.empty()) origin = (is_local(around_.host_name) ? "http://" : "https://") + around_.host_name;
  return origin + "/api/status?id=" + id;
}

Handler::Told Handler::tell_error(int status, const Error& error) {
  Told told{status, {}, Json{{"error", error.to_string()}}};
  if (status == 429 || status == 503) told.headers["Retry-After"] = retry_seconds;
  return told;
}

}  // namespace voxlake::functions
