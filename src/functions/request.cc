#include "functions/request.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "corpus/archive_file.h"
#include "net/mask.h"
#include "net/url.h"

namespace voxlake::functions {
namespace {

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
}

/// A file's or folder's name that needs no thought.
bool is_plain_name(std::string_view text, size_t longest) {
  return !text.empty() && text.size() <= longest && std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), is_plain);
}

tl::unexpected<Error> wrong(const std::string& field, const std::string& what) {
  return failure(ErrorKind::invalid_argument, "`" + field + "` " + what);
}

Result<std::string> text_of(const std::string& field, const Json& value, size_t longest) {
  if (!value.is_string()) return wrong(field, "must be a text");
  auto text = value.get<std::string>();
  if (text.empty()) return wrong(field, "is empty");
  if (text.size() > longest) return wrong(field, "is longer than " + std::to_string(longest) + " bytes");
  return text;
}

Result<std::string> plain_name_of(const std::string& field, const Json& value, size_t longest) {
  VOXLAKE_ASSIGN(std::string text, text_of(field, value, longest));
  if (!is_plain_name(text, longest)) return wrong(field, "must be letters, digits, `-`, `_` and `.`, and begin with a letter or digit");
  return text;
}

Result<std::string> url_of(const std::string& field, const Json& value) {
  VOXLAKE_ASSIGN(std::string text, text_of(field, value, longest_url));
  const auto parts = net::parse_url(text);
  if (!parts && parts.error().kind != ErrorKind::invalid_argument) return tl::unexpected(parts.error());
  if (!parts || parts->scheme == "file") return wrong(field, "must be the address of a page or manifest, http or https");
  if (text.find_first_of("?#@\\") != std::string::npos) return wrong(field, "must be an address without user, query and fragment");
  return text;
}

Result<std::set<std::string>> archives_of(const std::string& field, const Json& value) {
  if (!value.is_array()) return wrong(field, "must be a list of names");
  if (value.empty()) return wrong(field, "is an empty list; leave it out for all archives");
  if (value.size() > most_archives) return wrong(field, "has more than " + std::to_string(most_archives) + " names");
  std::set<std::string> archives;
  for (size_t i = 0; i < value.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "]";
    if (!value[i].is_string()) return wrong(at, "must be a text");
    const auto name = value[i].get<std::string>();
    if (!corpus::is_safe_file_name(name)) return wrong(at, "cannot be an archive's name");
    if (!archives.insert(corpus::archive_of(name)).second) return wrong(at, "is given twice");
  }
  return archives;
}

Status take_field(const std::string& field, const Json& value, Request& request) {
  const bool takes_archives = request.task == Task::decode || request.task == Task::features;
  if (field == "id") {
    VOXLAKE_ASSIGN(request.id, plain_name_of(field, value, longest_id));
  } else if (field == "lake") {
    VOXLAKE_ASSIGN(request.lake, text_of(field, value, longest_url));
  } else if (field == "name") {
    VOXLAKE_ASSIGN(request.name, plain_name_of(field, value, longest_name));
  } else if (field == "corpus" && request.task == Task::discover) {
    VOXLAKE_ASSIGN(request.corpus, url_of(field, value));
  } else if (field == "set" && request.task == Task::features) {
    VOXLAKE_ASSIGN(request.set, plain_name_of(field, value, longest_name));
  } else if (field == "archives" && takes_archives) {
    VOXLAKE_ASSIGN(request.archives, archives_of(field, value));
  } else {
    std::string known = "id, lake, name";
    if (request.task == Task::discover) known += ", corpus";
    if (takes_archives) known += ", archives";
    if (request.task == Task::features) known += ", set";
    return failure(ErrorKind::invalid_argument, std::string(to_string(request.task)) + " has no field `" + printable(field) + "`",
                   "its fields are " + known);
  }
  return {};
}

Result<Task> task_named(std::string_view name) {
  for (const Task task : {Task::discover, Task::decode, Task::features, Task::status}) {
    if (name == to_string(task)) return task;
  }
  return failure(ErrorKind::not_found, "there is no such function", "there are discover, decode, features and status");
}

/// What follows the host.
std::string path_of(const std::string& url) {
  const size_t slash = url.find('/', url.find("://") + 3);
  return slash == std::string::npos ? "/" : url.substr(slash);
}

/// Whether `url` is `base`, or below it where it is a folder.
bool is_below(const std::string& base, const std::string& url) {
  const auto allowed = net::parse_url(base);
  const auto asked = net::parse_url(url);
  if (!allowed || !asked || allowed->origin != asked->origin) return false;
  std::string folder = path_of(allowed->url);
  const std::string path = path_of(asked->url);
  // What climbs out of a folder, also in disguise.
  for (const char* climbing : {"/..", "/./", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", "%25"}) {
    if (path.find(climbing) != std::string::npos) return false;
  }
  if (path == folder || path + "/" == folder) return true;
  if (!folder.ends_with('/')) folder += '/';
  return path.starts_with(folder);
}

std::string without_slash(std::string text) {
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

std::string_view to_string(Task task) {
  switch (task) {
    case Task::discover: return "discover";
    case Task::decode: return "decode";
    case Task::features: return "features";
    case Task::status: break;
  }
  return "status";
}

Json Request::to_json() const {
  Json json{{"function", to_string(task)}};
  if (!name.empty()) json["name"] = name;
  if (!corpus.empty()) json["corpus"] = corpus;
  if (!set.empty()) json["set"] = set;
  if (!archives.empty()) json["archives"] = archives;
  return json;
}

bool is_operation_id(std::string_view text) {
  return is_plain_name(text, longest_id);
}

Result<Request> read_request(const Call& call) {
  if (call.wrong) return tl::unexpected<Error>(*call.wrong);
  Request request;
  Json fields = call.fields;
  std::string name = call.function;
  if (name == "work" && call.trigger == Trigger::queue) {
    const auto function = fields.find("function");
    if (function == fields.end() || !function->is_string())
      return wrong("function", "must say what is to be done: discover, decode or features");
    name = function->get<std::string>();
    if (name == "status") return wrong("function", "must say what is to be done: discover, decode or features");
    fields.erase("function");
  }
  if (call.trigger == Trigger::timer) {
    if (name != "discover_weekly")
      return failure(ErrorKind::not_found, "there is no such function for a timer", "there is discover_weekly");
    name = "discover";
    fields = Json::object();
  }
  VOXLAKE_ASSIGN(request.task, task_named(name));
  for (const auto& [field, value] : fields.items()) VOXLAKE_TRY(take_field(field, value, request));
  return request;
}

Status check_allowed(const Request& request, const config::Settings& settings) {
  if (!request.lake.empty() && without_slash(request.lake) != without_slash(settings.lake)) {
    return failure(ErrorKind::invalid_argument, "`lake` is not the lake of this function app", "leave it out, or change the setting lake");
  }
  if (request.corpus.empty() || request.corpus == settings.corpus) return {};
  std::istringstream allowed(settings.functions_corpora);
  for (std::string base; allowed >> base;) {
    if (is_below(base, request.corpus)) return {};
  }
  return failure(ErrorKind::invalid_argument, "`corpus` is not among the corpora of this function app: " + net::mask_url(request.corpus),
                 "leave it out, or add its address to the setting functions.corpora");
}

}  // namespace voxlake::functions
