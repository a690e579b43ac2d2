// Calls of the Functions host, from anywhere on the internet: whatever is accepted must be safe to make paths of, and read back the same.
// The first line names the function and how it is called; the rest is the body. The same bytes as a stored operation.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "corpus/archive_file.h"
#include "functions/call.h"
#include "functions/operation.h"
#include "functions/request.h"

namespace {

using namespace voxlake;
using namespace voxlake::functions;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Result<Call>& call) {
  if (!call) return;
  require(call->origin.find_first_of("/?# \r\n", call->origin.find("://") + 3) == std::string::npos || call->origin.empty());
  const auto request = read_request(*call);
  if (!request) return;
  require(request->id.empty() || is_operation_id(request->id));
  require(request->name.find('/') == std::string::npos && request->set.find('/') == std::string::npos);
  require(request->archives.size() <= most_archives);
  for (const auto& archive : request->archives) require(corpus::is_safe_file_name(archive));
  config::Settings settings;
  settings.functions_corpora = "http://a.example/x/ https://b.example";
  if (check_allowed(*request, settings) && !request->corpus.empty()) require(request->corpus.find("..") != 0);
  Operation operation;
  operation.id = request->id.empty() ? "a" : request->id;
  operation.request = *request;
  if (request->task == Task::status) return;
  const auto again = read_operation(to_text(operation));
  require(again && again->request.to_json() == request->to_json());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view rest = text.substr(std::min(first.size() + 1, text.size()));
  const bool is_forwarded = first.starts_with("/api/");
  if (is_forwarded) {
    const std::string_view target = first.substr(5);
    const std::string_view function = target.substr(0, target.find('?'));
    const std::string query(target.substr(std::min(function.size() + 1, target.size())));
    std::multimap<std::string, std::string> parameters;
    if (!query.empty()) parameters.emplace(query.substr(0, query.find('=')), query.substr(std::min(query.find('='), query.size() - 1) + 1));
    check(read_forwarded_call(function, "POST", parameters, rest));
  } else {
    check(read_wrapped_call(first, rest));
  }
  if (const auto operation = read_operation(rest)) require(read_operation(to_text(*operation)).has_value());
  return 0;
}
