#include "functions/call.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace voxlake::functions {
namespace {

/// The parameters of a query that are the host's own: the function's key must neither be asked for nor shown.
bool is_hosts_own(const std::string& parameter) {
  return parameter == "code" || parameter == "clientId";
}

std::optional<Json> parse(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

const Json* member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

std::string text_member(const Json& json, const char* name) {
  const Json* value = member(json, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// Of an address, `scheme://host:port`. The rest may hold the function's key.
std::string origin_of(const std::string& url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const size_t end = std::min(url.find_first_of("/?#", scheme.size()), url.size());
    const std::string host = url.substr(scheme.size(), end - scheme.size());
    const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'; };
    if (host.empty() || host.size() > 255 || !std::all_of(host.begin(), host.end(), is_plain)) return {};
    return std::string(scheme) + host;
  }
  return {};
}

/// An object that may be wrapped into JSON text, once or twice: hosts differ.
Result<Json> object_of(Json value, const std::string& what) {
  for (int wrapping = 0; wrapping < 2 && value.is_string(); ++wrapping) {
    const auto text = value.get<std::string>();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return Json(Json::object());
    auto inner = parse(text);
    if (!inner) return failure(ErrorKind::invalid_argument, what + " is not JSON: `" + printable(text) + "`", "send an object");
    value = std::move(*inner);
  }
  if (value.is_null()) return Json(Json::object());
  if (!value.is_object()) return failure(ErrorKind::invalid_argument, what + " is not a JSON object", "send an object");
  return value;
}

Status add_parameter(const std::string& name, const std::string& value, Json& fields) {
  if (is_hosts_own(name)) return {};
  if (fields.contains(name)) return failure(ErrorKind::invalid_argument, "`" + printable(name) + "` is given twice", "give it once");
  fields[name] = value;
  return {};
}

Status add_query(const Json& query, Json& fields) {
  for (const auto& [name, value] : query.items()) {
    const Json* one = &value;
    if (value.is_array() && value.size() == 1) one = &value[0];  // some hosts send lists
    if (!one->is_string()) return failure(ErrorKind::invalid_argument, "the query's `" + printable(name) + "` is not one text");
    VOXLAKE_TRY(add_parameter(name, one->get<std::string>(), fields));
  }
  return {};
}

Status read_http(const Json& request, Call& call) {
  if (!request.is_object()) return failure(ErrorKind::invalid_argument, "Data.req is not an object");
  call.trigger = Trigger::http;
  if (const std::string method = text_member(request, "Method"); !method.empty()) call.method = upper(method);
  call.origin = origin_of(text_member(request, "Url"));
  if (const Json* body = member(request, "Body")) {
    VOXLAKE_ASSIGN(call.fields, object_of(*body, "the body"));
  }
  if (const Json* query = member(request, "Query")) {
    VOXLAKE_ASSIGN(const Json parameters, object_of(*query, "the query"));
    VOXLAKE_TRY(add_query(parameters, call.fields));
  }
  return {};
}

Status read_message(const Json& message, const Json& whole, Call& call) {
  call.trigger = Trigger::queue;
  VOXLAKE_ASSIGN(call.fields, object_of(message, "the message"));
  if (call.fields.contains("id")) return {};
  const Json* metadata = member(whole, "Metadata");
  if (metadata == nullptr) return {};
  std::string id = text_member(*metadata, "Id");
  if (id.size() >= 2 && id.front() == '"' && id.back() == '"') id = id.substr(1, id.size() - 2);  // hosts send JSON texts
  if (!id.empty()) call.fields["id"] = id;
  return {};
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr size_t longest = 60;
  std::string safe;
  for (const char c : text.substr(0, longest)) safe += c >= ' ' && c < '\x7f' ? c : '?';
  return text.size() > longest ? safe + "..." : safe;
}

Result<Call> read_wrapped_call(std::string_view function, std::string_view body) {
  const auto whole = parse(body);
  if (!whole || !whole->is_object()) {
    return failure(ErrorKind::invalid_argument, "the host's call is not a JSON object", "POST {\"Data\": {…}, \"Metadata\": {…}}");
  }
  const Json* data = member(*whole, "Data");
  if (data == nullptr || !data->is_object()) {
    return failure(ErrorKind::invalid_argument, "the host's call has no object `Data`", "POST {\"Data\": {…}, \"Metadata\": {…}}");
  }
  Call call;
  call.function = function;
  Status taken;
  if (const Json* request = member(*data, "req")) {
    taken = read_http(*request, call);
  } else if (member(*data, "timer") != nullptr) {
    call.trigger = Trigger::timer;
  } else if (const Json* message = member(*data, "message")) {
    taken = read_message(*message, *whole, call);
  } else {
    return failure(ErrorKind::invalid_argument, "`Data` has none of the bindings req, timer and message",
                   "use the function.json files of deploy/functions");
  }
  if (!taken) call.wrong = taken.error();
  return call;
}

Result<Call> read_forwarded_call(std::string_view function, std::string_view method, const std::multimap<std::string, std::string>& query,
                                 std::string_view body) {
  Call call;
  call.function = function;
  call.method = upper(std::string(method));
  VOXLAKE_ASSIGN(call.fields, object_of(Json(std::string(body)), "the body"));
  for (const auto& [name, value] : query) VOXLAKE_TRY(add_parameter(name, value, call.fields));
  return call;
}

}  // namespace voxlake::functions
