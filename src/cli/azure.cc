#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "azure/cloud.h"
#include "azure/identity.h"
#include "azure/token_source.h"
#include "cli/commands.h"
#include "pipeline/azure_access.h"

namespace voxlake::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string utc_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  char text[32] = {};
  if (::gmtime_r(&seconds, &utc) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

Result<std::string> resource_named(const std::string& name, const azure::Cloud& cloud) {
  if (name == "storage") return std::string(azure::storage_resource);
  if (name == "vault") return azure::vault_resource(cloud);
  if (name == "management") return azure::management_resource(cloud);
  return failure(ErrorKind::invalid_argument, "there is no service `" + name + "`", "choose storage, vault or management");
}

/// What storage is opened with where that is no identity; empty otherwise.
std::string storage_secret(const config::Settings& settings, const azure::Options& options) {
  const std::string& wanted = options.credential;
  const bool has_key = !settings.azure_account_key.empty() || !options.variable("AZURE_STORAGE_KEY").empty();
  const bool has_signature = !settings.azure_sas.empty() || !options.variable("AZURE_STORAGE_SAS_TOKEN").empty();
  if (wanted == "key" || (wanted == "default" && has_key)) return "account key";
  if (wanted == "sas" || (wanted == "default" && has_signature)) return "shared access signature";
  return {};
}

Result<Json> look(const config::Settings& settings, const std::string& service) {
  azure::Options options = pipeline::azure_options(settings);
  VOXLAKE_ASSIGN(const azure::Cloud cloud, azure::cloud_named(options.cloud));
  VOXLAKE_ASSIGN(const std::string resource, resource_named(service, cloud));
  if (service == "storage") {
    if (const std::string secret = storage_secret(settings, options); !secret.empty()) {
      return Json{{"credential", secret}, {"resource", resource}};
    }
  }
  if (options.credential == "key" || options.credential == "sas") options.credential = "default";
  if (config::is_reference(settings.azure_client_secret)) {
    VOXLAKE_ASSIGN(options, pipeline::storage_options(settings));
  }
  VOXLAKE_ASSIGN(const auto tokens, azure::TokenSource::create(options));
  VOXLAKE_ASSIGN(const azure::TokenSource::Use use, tokens->use(resource));
  VOXLAKE_ASSIGN(const azure::Secret token, tokens->token(resource));
  Json answer{{"credential", use.credential}};
  if (const auto identity = azure::identity_of(token)) {
    const std::pair<const char*, const std::string&> parts[] = {{"name", identity->name},
                                                                {"object", identity->object},
                                                                {"client", identity->client},
                                                                {"tenant", identity->tenant},
                                                                {"identity", identity->resource}};
    for (const auto& [name, value] : parts) {
      if (!value.empty()) answer[name] = value;
    }
  }
  answer["cloud"] = cloud.name;
  answer["resource"] = resource;
  answer["expires"] = utc_text(use.expires);
  for (const auto& [name, why] : use.absent) answer["not_used"][name] = why;
  return answer;
}

}  // namespace

int command_azure_whoami(const Invocation& invocation, const std::string& service, bool json) {
  const auto resolved = settings_as_written(invocation);
  if (!resolved) return report_error(resolved.error());
  const auto answer = look(resolved->settings, service);
  if (!answer) return report_error(answer.error());
  if (json) {
    std::printf("%s\n", answer->dump(1).c_str());
    return exit_done;
  }
  for (const auto& [key, value] : answer->items()) {
    if (value.is_string()) std::printf("%-12s %s\n", key.c_str(), value.get_ref<const std::string&>().c_str());
  }
  if (answer->contains("not_used")) {
    for (const auto& [name, why] : (*answer)["not_used"].items()) {
      std::printf("%-12s %s: %s\n", "not used", name.c_str(), why.get_ref<const std::string&>().c_str());
    }
  }
  return exit_done;
}

}  // namespace voxlake::cli
