#include "azure/shared_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "azure/base64.h"

namespace voxlake::azure {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string string_to_sign(const std::string& account, const std::string& method, const std::string& path, const Query& query,
                           const Headers& headers, size_t body_bytes) {
  std::map<std::string, std::string> known;
  for (const auto& [name, value] : headers) known[lower(name)] = value;
  if (body_bytes > 0) known["content-length"] = std::to_string(body_bytes);
  constexpr std::array<const char*, 11> signed_headers = {
      "content-encoding",  "content-language", "content-length", "content-md5",         "content-type", "date",
      "if-modified-since", "if-match",         "if-none-match",  "if-unmodified-since", "range"};
  std::string text = method + "\n";
  for (const char* name : signed_headers) text += known[name] + "\n";
  for (const auto& [name, value] : known) {
    if (name.starts_with("x-ms-")) text.append(name).append(":").append(value).append("\n");
  }
  text += "/" + account + path;
  std::map<std::string, std::string> parameters;
  for (const auto& [name, value] : query) parameters[lower(name)] = value;
  for (const auto& [name, value] : parameters) text.append("\n").append(name).append(":").append(value);
  return text;
}

}  // namespace

Result<std::string> shared_key_authorization(const std::string& account, const Secret& key, const std::string& method,
                                             const std::string& path, const Query& query, const Headers& headers, size_t body_bytes) {
  auto decoded = from_base64(key.reveal());
  if (!decoded || decoded->empty()) {
    return failure(ErrorKind::invalid_argument, "azure.account_key is not an account key",
                   "copy it again: it is base64 and ends with `==`");
  }
  const Secret bytes(std::move(*decoded));
  const std::string text = string_to_sign(account, method, path, query, headers, body_bytes);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), bytes.reveal().data(), static_cast<int>(bytes.reveal().size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size) == nullptr) {
    return failure(ErrorKind::internal, "OpenSSL cannot sign a request");
  }
  return "SharedKey " + account + ":" + base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace voxlake::azure
