#pragma once

#include <string>
#include <string_view>

struct sockaddr;

namespace voxlake::net {

/// Whether an IPv4 or IPv6 address, as text, belongs to no place on the public internet: loopback, private, link-local (where clouds keep
/// their metadata service), shared, multicast and reserved ranges, also where IPv6 wraps IPv4. Source: IANA's special-purpose address
/// registries (RFC 6890). False for what is no address.
bool is_private_address(std::string_view address);

/// Whether a text is an IPv4 or IPv6 address; brackets and a zone are allowed.
bool is_address(std::string_view text);

/// The address in a socket address as text; empty for other families.
std::string address_text(const sockaddr& address);

}  // namespace voxlake::net
