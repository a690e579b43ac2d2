#include "azure/identity.h"

#include <nlohmann/json.hpp>

#include "azure/base64.h"

namespace voxlake::azure {

Result<Identity> identity_of(const Secret& token) {
  const std::string& text = token.reveal();
  const size_t first = text.find('.');
  const size_t second = first == std::string::npos ? first : text.find('.', first + 1);
  const auto claims =
      second == std::string::npos ? std::nullopt : from_base64url(std::string_view(text).substr(first + 1, second - first - 1));
  const auto json = nlohmann::json::parse(claims.value_or(""), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return failure(ErrorKind::unsupported, "the token does not say for whom it is");
  const auto claim = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names) {
      if (json.contains(name) && json[name].is_string()) return json[name].get<std::string>();
    }
    return {};
  };
  // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
  return Identity{claim({"upn", "unique_name", "preferred_username", "email"}), claim({"oid"}), claim({"appid", "azp"}), claim({"tid"}),
                  claim({"xms_mirid"})};
}

}  // namespace voxlake::azure
