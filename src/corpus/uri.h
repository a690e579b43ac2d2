#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Addresses after RFC 3986, as far as index pages need them. Internal to this room. Pure functions; thread safe.
namespace voxlake::corpus {

/// An address or a reference in its five parts (section 3); a part that is absent is not the same as an empty one.
struct Uri {
  std::optional<std::string> scheme;  ///< lower case
  std::optional<std::string> authority;
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;

  std::string to_string() const;
};

/// Parts any text (appendix B); never fails.
Uri parse_uri(std::string_view text);

/// What `reference` means on the page `base` (section 5.2), without dot segments.
Uri resolve(const Uri& base, const Uri& reference);

/// The authority's host and port, lower case, without the user's name and password.
std::string host_and_port(std::string_view authority);

/// `%2F` to `/` and so on; a `%` that no two hexadecimal digits follow stays.
std::string percent_decoded(std::string_view text);

/// As it is, but for bytes that may not stand in an address, which become `%XX`; what is encoded already stays so.
std::string percent_encoded(std::string_view text);

/// Encodes a file's path: all but unreserved characters and `/`.
std::string percent_encoded_path(std::string_view path);

/// `text` for a message: without user, password, query and fragment, in which secrets travel.
std::string without_secrets(std::string_view text);

}  // namespace voxlake::corpus
