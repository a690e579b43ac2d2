#include "lake/azure_layout.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "azure/cloud.h"
#include "net/address.h"
#include "net/mask.h"
#include "net/url.h"

namespace voxlake::lake {

namespace {

constexpr std::string_view scheme = "abfss://";
constexpr std::array<std::string_view, 4> layers = {"miscellaneous", "bronze", "silver", "gold"};
constexpr std::string_view shared_layer = "miscellaneous";
constexpr std::string_view shared_prefix = "root/";
constexpr size_t longest_name = 1024;  // characters; counted in bytes here

bool is_layer(std::string_view part) {
  return std::find(layers.begin(), layers.end(), part) != layers.end();
}

bool is_word(std::string_view text, size_t least, size_t most, bool dashes) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (dashes && c == '-');
         });
}

tl::unexpected<Error> refuse(std::string_view uri, const std::string& why) {
  return failure(ErrorKind::invalid_argument, "cannot open the lake " + net::mask_url(uri) + ": " + why,
                 "write abfss://ACCOUNT.dfs.core.windows.net or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER");
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t more = byte < 0x80 ? 0 : byte >= 0xC2 && byte < 0xE0 ? 1 : (byte & 0xF0) == 0xE0 ? 2 : byte >= 0xF0 && byte < 0xF5 ? 3 : 4;
    if (more > 3 || i + more >= text.size() + (more == 0 ? 1 : 0)) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

Status check_name(const std::string& path) {
  const bool controls = std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '\\'; });
  const bool dots = path.ends_with('.') || path.find("./") != std::string::npos;
  if (!controls && !dots && path.size() <= longest_name && is_utf8(path)) return {};
  return failure(ErrorKind::invalid_argument, "Azure storage cannot keep a file of the name " + net::mask_url(path),
                 "use UTF-8, without control characters, backslashes and parts that end with a dot, and at most 1,024 bytes");
}

/// The blob service for a host of a lake's URI: ACCOUNT.dfs.core.windows.net is served at https://ACCOUNT.blob.core.windows.net.
Result<std::string> blob_url_of(std::string_view uri, const std::string& account, const std::string& rest, const azure::Options& options) {
  if (!options.endpoint.empty()) {
    std::string url = options.endpoint;
    while (url.ends_with('/')) url.pop_back();
    VOXLAKE_ASSIGN(const net::UrlParts parts, net::parse_url(url));
    // An emulator has no host for each account: the account is the first part of its paths.
    const bool bare = url.find('/', url.find("://") + 3) == std::string::npos;
    if (bare && (net::is_address(parts.host) || net::is_private_host(parts.host))) url += "/" + account;
    return url;
  }
  VOXLAKE_ASSIGN(const azure::Cloud cloud, azure::cloud_named(options.cloud));
  constexpr std::string_view zone_suffix = "storage.azure.net";  // accounts with DNS zone endpoints: ACCOUNT.z01.dfs.storage.azure.net
  for (const std::string& service : {std::string("dfs."), std::string("blob.")}) {
    if (rest == service + cloud.storage_suffix) return "https://" + account + ".blob." + cloud.storage_suffix;
    const std::string zone_end = "." + service + std::string(zone_suffix);
    if (options.cloud == "public" && rest.ends_with(zone_end)) {
      const std::string zone = rest.substr(0, rest.size() - zone_end.size());
      if (is_word(zone, 1, 8, false)) return "https://" + account + "." + zone + ".blob." + std::string(zone_suffix);
    }
  }
  return refuse(uri, "its host is not one of the cloud " + options.cloud + " (azure.cloud)");
}

}  // namespace

Result<AzureLayout> AzureLayout::parse(std::string_view uri, const azure::Options& options) {
  std::string_view rest = uri.substr(std::min(scheme.size(), uri.size()));
  if (!uri.starts_with(scheme)) return refuse(uri, "it does not begin with abfss://");
  if (rest.find_first_of("?#") != std::string_view::npos) return refuse(uri, "there is no query in it, and secrets are given by settings");
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  std::string_view folder = rest.substr(slash);
  AzureLayout layout;
  layout.uri_ = uri;
  while (layout.uri_.ends_with('/')) layout.uri_.pop_back();
  if (const size_t at = host.find('@'); at != std::string_view::npos) {
    layout.container_ = host.substr(0, at);
    host.remove_prefix(at + 1);
    const bool good = is_word(layout.container_, 3, 63, true) && layout.container_.front() != '-' && layout.container_.back() != '-';
    if (!good) return refuse(uri, "its container is no container's name (3 to 63 lower-case letters, digits and dashes)");
  }
  const size_t dot = std::min(host.find('.'), host.size());
  layout.account_.account = host.substr(0, dot);
  if (!is_word(layout.account_.account, 3, 24, false))
    return refuse(uri, "its account is no account's name (3 to 24 lower-case letters and digits)");
  VOXLAKE_ASSIGN(layout.account_.blob_url,
                 blob_url_of(uri, layout.account_.account, std::string(host.substr(std::min(dot + 1, host.size()))), options));
  while (folder.starts_with('/')) folder.remove_prefix(1);
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (folder.empty()) return layout;
  if (layout.container_.empty()) return refuse(uri, "it names a folder but no container");
  layout.folder_ = folder;
  VOXLAKE_TRY(check_name(layout.folder_));
  layout.folder_ += "/";
  return layout;
}

Result<azure::BlobName> AzureLayout::blob_of(const std::string& path) const {
  VOXLAKE_TRY(check_name(folder_ + path));
  if (!container_.empty()) return azure::BlobName{container_, folder_ + path};
  const size_t slash = path.find('/');
  const std::string first = path.substr(0, slash);
  if (slash == std::string::npos || !is_layer(first)) {
    return azure::BlobName{std::string(shared_layer), std::string(shared_prefix) + path};
  }
  std::string rest = path.substr(slash + 1);
  if (first == shared_layer && rest.starts_with(shared_prefix)) {
    return failure(ErrorKind::invalid_argument, "a lake on Azure storage cannot have a file " + path, "use another name");
  }
  return azure::BlobName{first, std::move(rest)};
}

std::vector<AzureLayout::Place> AzureLayout::places_of(const std::string& folder) const {
  if (!container_.empty()) return {{container_, folder_ + (folder.empty() ? "" : folder + "/")}};
  if (folder.empty()) {
    std::vector<Place> all;
    for (const std::string_view layer : layers) all.push_back({std::string(layer), ""});
    return all;
  }
  const size_t slash = std::min(folder.find('/'), folder.size());
  const std::string first = folder.substr(0, slash);
  if (!is_layer(first)) return {{std::string(shared_layer), std::string(shared_prefix) + folder + "/"}};
  return {{first, slash == folder.size() ? "" : folder.substr(slash + 1) + "/"}};
}

std::optional<std::string> AzureLayout::path_of(const azure::BlobName& name) const {
  if (!container_.empty()) {
    if (name.container != container_ || !name.blob.starts_with(folder_)) return std::nullopt;
    return name.blob.substr(folder_.size());
  }
  if (!is_layer(name.container)) return std::nullopt;
  if (name.container == shared_layer && name.blob.starts_with(shared_prefix)) return name.blob.substr(shared_prefix.size());
  return name.container + "/" + name.blob;
}

}  // namespace voxlake::lake
