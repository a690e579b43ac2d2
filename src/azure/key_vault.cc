#include "azure/key_vault.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "azure/cloud.h"
#include "azure/sender.h"
#include "error/json_number.h"

namespace voxlake::azure {
namespace {

using Json = nlohmann::json;

bool is_name(std::string_view text, size_t least, size_t most) {
  return text.size() >= least && text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

/// `error.code`, and the more telling `error.innererror.code` where there is one.
std::string error_code(const Json& answer) {
  if (!answer.is_object() || !answer.contains("error") || !answer["error"].is_object()) return {};
  const Json& error = answer["error"];
  for (const Json* each : {error.contains("innererror") ? &error["innererror"] : &error, &error}) {
    if (each->is_object() && each->contains("code") && (*each)["code"].is_string()) return (*each)["code"].get<std::string>();
  }
  return {};
}

/// Source: "Azure Key Vault REST API error codes".
Error vault_refusal(const net::HttpAnswer& answer, const std::string& doing) {
  const std::string code = error_code(Json::parse(answer.body, nullptr, /*allow_exceptions=*/false));
  Error error{ErrorKind::io, doing + ": the vault answered " + std::to_string(answer.status) + (code.empty() ? "" : " " + code), "", {}};
  switch (answer.status) {
    case 401: error.remedy = "the vault takes no token of this tenant: check azure.tenant_id (`voxlake azure whoami --for vault`)"; break;
    case 403:
      error.remedy = "give the identity the role Key Vault Secrets User on the vault (it takes minutes to act)";
      if (code == "SecretDisabled") error.remedy = "enable the secret, or name another version";
      if (code == "ForbiddenByFirewall" || code == "ForbiddenByConnection")
        error.remedy = "let this machine's address through the vault's firewall";
      if (code == "ForbiddenByPolicy" || code == "AccessDenied")
        error.remedy = "let the vault's access policy give the identity the permission Get on secrets";
      break;
    case 404:
      error.kind = ErrorKind::not_found;
      error.remedy = "check the secret's name and version";
      break;
    default:
      if (answer.status == 429 || answer.status >= 500) error.kind = ErrorKind::network;
      error.remedy = "run again later";
  }
  return error;
}

/// Seconds since 1970 in `attributes`; nothing where it is not said.
std::optional<int64_t> time_of(const Json& answer, const char* name) {
  if (!answer.contains("attributes") || !answer["attributes"].is_object()) return std::nullopt;
  const auto found = answer["attributes"].find(name);
  return found == answer["attributes"].end() ? std::nullopt : whole_number(*found);
}

Result<Secret> value_of(net::HttpAnswer& answer, int64_t now_seconds, const std::string& doing) {
  Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  wipe(answer.body);
  const auto found = json.is_object() ? json.find("value") : json.end();
  if (found == json.end() || !found->is_string()) return failure(ErrorKind::network, doing + ": the answer is no secret");
  Secret value(std::move(found->get_ref<std::string&>()));
  const auto enabled = json.contains("attributes") && json["attributes"].is_object() ? json["attributes"].value("enabled", true) : true;
  if (!enabled) return failure(ErrorKind::io, doing + ": it is disabled", "enable the secret, or name another version");
  if (const auto expires = time_of(json, "exp"); expires && *expires <= now_seconds) {
    return failure(ErrorKind::io, doing + ": it has expired", "make a new version of the secret");
  }
  if (const auto begins = time_of(json, "nbf"); begins && *begins > now_seconds) {
    return failure(ErrorKind::io, doing + ": it is not valid yet", "see its activation date, and the machine's clock");
  }
  return value;
}

}  // namespace

Result<VaultReference> parse_vault_reference(std::string_view text) {
  constexpr std::string_view scheme = "keyvault://";
  VaultReference reference;
  std::string* const parts[] = {&reference.vault, &reference.name, &reference.version};
  size_t count = 0;
  bool good = text.starts_with(scheme);
  for (std::string_view rest = text.substr(std::min(scheme.size(), text.size())); good;) {
    const size_t slash = rest.find('/');
    if (count == 3) good = false;
    if (good) *parts[count++] = rest.substr(0, slash);
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  // https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates: names of vaults and objects.
  good = good && is_name(reference.vault, 3, 24) && is_name(reference.name, 1, 127) && (count == 2 || is_name(reference.version, 1, 64));
  if (good) return reference;
  return failure(ErrorKind::invalid_argument, std::string(text) + " names no secret",
                 "write keyvault://VAULT/NAME or keyvault://VAULT/NAME/VERSION");
}

KeyVault::KeyVault(const Options& options, std::shared_ptr<TokenSource> tokens)
    : options_(options), tokens_(std::move(tokens)), sender_(make_sender(options)) {}

Result<Secret> KeyVault::read(const std::string& reference) const {
  VOXLAKE_ASSIGN(const VaultReference parsed, parse_vault_reference(reference));
  VOXLAKE_ASSIGN(const Cloud cloud, cloud_named(options_.cloud));
  std::string url = options_.vault_endpoint.empty() ? "https://" + parsed.vault + "." + cloud.vault_suffix : options_.vault_endpoint;
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("https://")) {
    return failure(ErrorKind::invalid_argument, "azure.vault_endpoint is not an https URL, and tokens are only sent by https");
  }
  url += "/secrets/" + parsed.name + (parsed.version.empty() ? "" : "/" + parsed.version) + "?api-version=7.4";
  const std::string doing = "cannot read the secret " + reference;
  const std::string resource = vault_resource(cloud);
  for (bool again : {true, false}) {
    Secret token;
    VOXLAKE_ASSIGN(Sent sent, sender_->send(doing, [&](net::HttpCall& call) -> Status {
      VOXLAKE_ASSIGN(token, tokens_->token(resource));
      call.url = url;
      call.headers = {{"Authorization", "Bearer " + token.reveal()}, {"Accept", "application/json"}};
      return {};
    }));
    if (sent.answer.status == 401 && again) {
      tokens_->reject(resource, token);
      continue;
    }
    if (sent.answer.status != 200) return tl::unexpected(vault_refusal(sent.answer, doing));
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(sender_->surroundings().date().time_since_epoch());
    return value_of(sent.answer, now.count(), doing);
  }
  return failure(ErrorKind::internal, doing);
}

}  // namespace voxlake::azure
