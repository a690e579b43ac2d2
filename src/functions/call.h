#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "error/result.h"

/// `voxlake functions serve`: a custom handler of Azure Functions. See docs/guides/functions.md.
namespace voxlake::functions {

using Json = nlohmann::ordered_json;

/// The longest body that is read. 5,000 names of archives are 200 kB.
inline constexpr size_t most_body_bytes = size_t{1} << 20;

/// What made the host call.
enum class Trigger { http, timer, queue };

/// What the Functions host handed on, taken out of its wrapping.
struct Call {
  std::string function;  ///< as in the path: the folder of its function.json
  Trigger trigger = Trigger::http;
  std::string method = "POST";   ///< of the HTTP request, upper case
  std::string origin;            ///< `https://host` that the caller used; empty where that is not known
  Json fields = Json::object();  ///< what the caller asks for: the body's members, and the query's
  std::optional<Error> wrong;    ///< where the fields cannot be read: the caller's mistake, not the host's
};

/// Reads the documented contract: the host POSTs `{"Data": {BINDING: …}, "Metadata": {…}}` to /FUNCTION. The bindings are those of
/// deploy/functions: `req` (HTTP), `timer`, `message` (queue). Query and Body may be objects or JSON text; parts of the wrapping that are
/// not needed are not looked at, since hosts add to them. A queue's message that names no id has the message's own, so that one that is
/// delivered twice is one operation. invalid_argument, saying what was expected, for what no host sends.
/// Source: https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers
Result<Call> read_wrapped_call(std::string_view function, std::string_view body);

/// Reads a request that was forwarded as it came (enableForwardingHttpRequest, enableProxyingHttpRequest): the host sends it to
/// /api/FUNCTION. `query` is decoded.
Result<Call> read_forwarded_call(std::string_view function, std::string_view method, const std::multimap<std::string, std::string>& query,
                                 std::string_view body);

/// Of what others wrote, so much as fits into a message, in ASCII.
std::string printable(std::string_view text);

}  // namespace voxlake::functions
