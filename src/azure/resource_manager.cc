#include "azure/resource_manager.h"

#include <thread>

#include "azure/cloud.h"
#include "net/retry.h"

namespace voxlake::azure {
namespace {

constexpr const char* data_factory_version = "2018-06-01";

/// Resource Manager's error body: {"error": {"code", "message"}}.
Error management_refusal(const net::HttpAnswer& answer, const std::string& doing) {
  const ResourceManager::Json json = ResourceManager::Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const auto text = [&](const char* name) -> std::string {
    if (!json.is_object() || !json.contains("error") || !json["error"].is_object()) return "";
    const auto found = json["error"].find(name);
    return found != json["error"].end() && found->is_string() ? found->get<std::string>() : "";
  };
  Error error{ErrorKind::io, doing + ": Azure answered " + std::to_string(answer.status), "", {}};
  if (const std::string code = text("code"); !code.empty()) error.message += " " + code;
  if (const std::string message = text("message"); !message.empty()) error.message += ": " + message.substr(0, 1000);
  switch (answer.status) {
    case 401: error.remedy = "the token is not for this tenant: check azure.tenant_id (`voxlake azure whoami --for management`)"; break;
    case 403: error.remedy = "give the identity the role Data Factory Contributor on the factory (it takes minutes to act)"; break;
    case 404:
      error.kind = ErrorKind::not_found;
      error.remedy = "check adf.subscription, adf.resource_group and adf.factory";
      break;
    default:
      if (answer.status == 429 || answer.status >= 500) {
        error.kind = ErrorKind::network;
        error.remedy = "run the same command again later";
      }
  }
  return error;
}

Result<ResourceManager::Json> body_of(const net::HttpAnswer& answer, const std::string& doing) {
  if (answer.status < 200 || answer.status >= 300) return tl::unexpected(management_refusal(answer, doing));
  if (answer.body.empty()) return ResourceManager::Json::object();
  ResourceManager::Json json = ResourceManager::Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return failure(ErrorKind::network, doing + ": the answer is not JSON", "check adf.endpoint, and proxies on the way");
  return json;
}

}  // namespace

ResourceManager::ResourceManager(std::string endpoint, std::string resource, std::shared_ptr<TokenSource> tokens,
                                 std::shared_ptr<const Sender> sender)
    : endpoint_(std::move(endpoint)), resource_(std::move(resource)), tokens_(std::move(tokens)), sender_(std::move(sender)) {}

Result<ResourceManager> ResourceManager::create(const Options& options, const std::string& endpoint, std::shared_ptr<TokenSource> tokens) {
  VOXLAKE_ASSIGN(const Cloud cloud, cloud_named(options.cloud));
  std::string url = endpoint.empty() ? cloud.management : endpoint;
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("https://")) {
    return failure(ErrorKind::invalid_argument, "adf.endpoint is not an https URL, and tokens are only sent by https");
  }
  return ResourceManager(std::move(url), management_resource(cloud), std::move(tokens), make_sender(options));
}

Result<ResourceManager::Json> ResourceManager::get(const std::string& doing, const std::string& path) const {
  return call(doing, "GET", path, "", false);
}

Result<ResourceManager::Json> ResourceManager::put(const std::string& doing, const std::string& path, const Json& body) const {
  return call(doing, "PUT", path, body.dump(), false);
}

Result<ResourceManager::Json> ResourceManager::post(const std::string& doing, const std::string& path, const Json& body) const {
  return call(doing, "POST", path, body.dump(), false);
}

Result<ResourceManager::Json> ResourceManager::post_once(const std::string& doing, const std::string& path, const Json& body) const {
  return call(doing, "POST", path, body.dump(), true);
}

Result<Sent> ResourceManager::send(const std::string& doing, const RetryPolicy& policy, const std::string& method, const std::string& path,
                                   const std::string& body, bool once) const {
  for (bool again = true;; again = false) {
    Secret token;
    VOXLAKE_ASSIGN(Sent sent, sender_->send(doing, policy, [&](net::HttpCall& call) -> Status {
      VOXLAKE_ASSIGN(token, tokens_->token(resource_));
      call.method = method;
      call.url = endpoint_ + path + (path.find('?') == std::string::npos ? "?" : "&") + "api-version=" + data_factory_version;
      call.headers = {{"Authorization", "Bearer " + token.reveal()}, {"Accept", "application/json"}};
      if (method != "GET") call.headers.emplace_back("Content-Type", "application/json");
      call.body = body;
      call.fresh_connection = once;
      return {};
    }));
    if (sent.answer.status != 401 || !again) return sent;
    tokens_->reject(resource_, token);
  }
}

Result<ResourceManager::Json> ResourceManager::call(const std::string& doing, const std::string& method, const std::string& path,
                                                    const std::string& body, bool once) const {
  RetryPolicy policy = sender_->policy();
  if (!once) {
    VOXLAKE_ASSIGN(const Sent sent, send(doing, policy, method, path, body, false));
    return body_of(sent.answer, doing);
  }
  const int32_t attempts = policy.attempts;
  policy.attempts = 1;
  for (int32_t attempt = 1;; ++attempt) {
    auto sent = send(doing, policy, method, path, body, true);
    if (!sent) {
      sent.error().kind = ErrorKind::conflict;
      return propagate(sent);
    }
    const net::HttpAnswer& answer = sent->answer;
    if (answer.status >= 500) {
      Error error = management_refusal(answer, doing);
      error.kind = ErrorKind::conflict;
      return tl::unexpected(std::move(error));
    }
    if (answer.status != 429 || attempt >= attempts) return body_of(answer, doing);
    net::Surroundings& around = sender_->surroundings();
    std::chrono::milliseconds wait = net::backoff(attempt, policy.first_backoff, policy.longest_backoff, around.chance());
    if (const auto asked = net::parse_retry_after(answer.header("retry-after"), around.date())) {
      if (*asked > policy.longest_retry_after) return body_of(answer, doing);
      wait = std::max(wait, *asked);
    }
    std::this_thread::sleep_for(around.pause(wait));
  }
}

}  // namespace voxlake::azure
