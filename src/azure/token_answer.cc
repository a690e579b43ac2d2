#include "azure/token_answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace voxlake::azure {
namespace {

using Json = nlohmann::json;

/// A number of seconds, which may be written as a text. A clock counts nanoseconds: centuries are beyond it, so a hundred years are enough.
std::optional<int64_t> whole_seconds(const Json& answer, const char* name) {
  const auto found = answer.find(name);
  if (found == answer.end()) return std::nullopt;
  constexpr int64_t most = 4'000'000'000;
  if (found->is_number()) {
    const auto number = found->get<double>();
    if (!(number >= 0)) return std::nullopt;
    return number < static_cast<double>(most) ? static_cast<int64_t>(number) : most;
  }
  if (!found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::min<int64_t>(std::stoll(text), most);
}

std::string text_of(const Json& answer, const char* name) {
  const auto found = answer.is_object() ? answer.find(name) : answer.end();
  return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The AADSTS number that opens a description.
std::string entra_code(const std::string& description) {
  if (!description.starts_with("AADSTS")) return {};
  return description.substr(0, description.find_first_not_of("0123456789", 6));
}

std::string remedy_of(const std::string& code) {
  struct Known {
    std::string_view code, remedy;
  };
  // https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  static constexpr std::array<Known, 9> known = {{
      {"AADSTS7000215", "the client secret is wrong: give its value, not its id"},
      {"AADSTS7000222", "the client secret has expired: make a new one"},
      {"AADSTS700016", "check azure.client_id: the tenant has no such application"},
      {"AADSTS90002", "check azure.tenant_id: there is no such tenant"},
      {"AADSTS900023", "check azure.tenant_id: it is not a tenant's id or domain"},
      {"AADSTS700027", "the certificate is not one of the application's"},
      {"AADSTS700024", "check the machine's clock"},
      {"AADSTS70021", "the application has no federated credential for this pod's service account"},
      {"AADSTS500011", "the tenant does not know the service: check azure.cloud"},
  }};
  for (const Known& each : known) {
    if (each.code == code) return std::string(each.remedy);
  }
  return "check azure.tenant_id, azure.client_id and the secret or certificate";
}

}  // namespace

Result<AccessToken> token_of_answer(net::HttpAnswer& answer, std::chrono::system_clock::time_point now, const std::string& doing) {
  Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  wipe(answer.body);
  if (!json.is_object()) return failure(ErrorKind::network, doing + ": the answer is not JSON");
  auto token = json.find("access_token");
  if (token == json.end() || !token->is_string() || token->get_ref<const std::string&>().empty()) {
    return failure(ErrorKind::network, doing + ": the answer holds no token");
  }
  AccessToken access;
  access.text = Secret(std::move(token->get_ref<std::string&>()));
  if (const auto seconds = whole_seconds(json, "expires_in")) {
    access.expires = now + std::chrono::seconds(*seconds);
  } else if (const auto at = whole_seconds(json, "expires_on")) {
    access.expires = std::chrono::system_clock::time_point(std::chrono::seconds(*at));
  } else {
    return failure(ErrorKind::network, doing + ": the answer does not say how long the token lasts");
  }
  return access;
}

Error refusal_of_answer(const net::HttpAnswer& answer, const std::string& doing) {
  const Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const std::string code = entra_code(text_of(json, "error_description"));
  std::string why = "the answer was " + std::to_string(answer.status);
  if (const std::string kind = text_of(json, "error"); !kind.empty() && kind.size() < 64) why += " " + kind;
  Error error{ErrorKind::network, doing + ": " + why, remedy_of(code), {}};
  if (answer.status >= 500 || answer.status == 429) error.remedy = "run again later";
  if (!code.empty()) error.details.emplace_back("code", code);
  return error;
}

}  // namespace voxlake::azure
