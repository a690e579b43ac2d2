#include "net/mask.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace voxlake::net {
namespace {

constexpr std::string_view mask = "***";

/// Parts of parameter names that carry secrets: SAS (sig), OAuth (code, token), S3 and GCS (Signature, Credential, AWSAccessKeyId), …
constexpr std::array<std::string_view, 9> secret_words = {"sig", "token", "secret", "key", "pass", "pwd", "auth", "credential", "code"};

bool is_secret_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(secret_words.begin(), secret_words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string mask_user(std::string_view user_info) {
  const size_t colon = user_info.find(':');
  if (colon == std::string_view::npos) return std::string(mask);
  return std::string(user_info.substr(0, colon + 1)) + std::string(mask);
}

bool is_port(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// `parameters` is `a=1&b=2`, as in a query or a fragment.
std::string mask_parameters(std::string_view parameters) {
  std::string shown;
  while (true) {
    const size_t end = parameters.find_first_of("&;");
    const std::string_view one = parameters.substr(0, end);
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos && is_secret_name(one.substr(0, equals))) {
      shown.append(one.substr(0, equals + 1)).append(mask);
    } else {
      shown.append(one);
    }
    if (end == std::string_view::npos) return shown;
    shown += parameters[end];
    parameters.remove_prefix(end + 1);
  }
}

}  // namespace

std::string mask_url(std::string_view url) {
  std::string shown;
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    shown.append(url.substr(0, scheme + 3));
    url.remove_prefix(scheme + 3);
  }

  size_t authority_end = std::min(url.find_first_of("/?#"), url.size());
  size_t at = url.substr(0, authority_end).rfind('@');
  if (at == std::string_view::npos) {
    // A password with a bare slash in it ends the authority early, and leaves something that is no port behind the colon.
    const size_t colon = url.substr(0, authority_end).rfind(':');
    const bool in_brackets = url.substr(0, authority_end).ends_with(']');
    if (colon != std::string_view::npos && !in_brackets && !is_port(url.substr(colon + 1, authority_end - colon - 1))) at = url.rfind('@');
  }
  if (at != std::string_view::npos) {
    shown.append(mask_user(url.substr(0, at))).append("@");
    url.remove_prefix(at + 1);
  }

  const size_t parameters = url.find_first_of("?#");
  if (parameters == std::string_view::npos) return shown.append(url);
  shown.append(url.substr(0, parameters));
  // The fragment of an OAuth redirect carries parameters as a query does.
  std::string_view rest = url.substr(parameters);
  while (!rest.empty()) {
    shown += rest.front();
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find_first_of("?#"), rest.size());
    shown.append(mask_parameters(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return shown;
}

}  // namespace voxlake::net
