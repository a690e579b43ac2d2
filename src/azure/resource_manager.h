#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "azure/options.h"
#include "azure/sender.h"
#include "azure/token_source.h"
#include "error/result.h"

namespace voxlake::azure {

/// Azure Resource Manager (REST). Calls are tried again after throttling, errors of the service and lost answers, and once with a fresh
/// token where it refused the one it got. Thread safe.
class ResourceManager {
 public:
  using Json = nlohmann::ordered_json;

  /// `endpoint` is empty for the cloud's own.
  static Result<ResourceManager> create(const Options& options, const std::string& endpoint, std::shared_ptr<TokenSource> tokens);

  /// `path` is a resource id, with a query of its own or none; the version is that of the API. `doing` opens the message of an error:
  /// "cannot read the pipeline x". not_found for 404; the message has the service's code and sentence, the remedy what to do: for 403 the
  /// role that is missing.
  Result<Json> get(const std::string& doing, const std::string& path) const;
  Result<Json> put(const std::string& doing, const std::string& path, const Json& body) const;
  Result<Json> post(const std::string& doing, const std::string& path, const Json& body) const;
  /// For what must not happen twice: never sent again once it may have arrived (its answer was lost, or the service failed): then an
  /// error of kind conflict. Throttling is waited for.
  Result<Json> post_once(const std::string& doing, const std::string& path, const Json& body) const;

 private:
  ResourceManager(std::string endpoint, std::string resource, std::shared_ptr<TokenSource> tokens, std::shared_ptr<const Sender> sender);
  Result<Json> call(const std::string& doing, const std::string& method, const std::string& path, const std::string& body, bool once) const;
  Result<Sent> send(const std::string& doing, const RetryPolicy& policy, const std::string& method, const std::string& path,
                    const std::string& body, bool once) const;

  std::string endpoint_;
  std::string resource_;
  std::shared_ptr<TokenSource> tokens_;
  std::shared_ptr<const Sender> sender_;
};

}  // namespace voxlake::azure
