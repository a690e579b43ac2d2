#pragma once

#include <string>

#include "azure/secret.h"
#include "error/result.h"

namespace voxlake::azure {

/// For whom a token was made, as it says itself. Nothing of it is checked: that is for the service that takes it.
struct Identity {
  std::string name;    ///< of a user; empty for applications
  std::string object;  ///< its object id in the tenant, what roles are given to
  std::string client;  ///< id of the application that asked
  std::string tenant;
  std::string resource;  ///< of a managed identity: the machine or identity in Resource Manager
};

/// unsupported where the token is no JWT (RFC 7519).
Result<Identity> identity_of(const Secret& token);

}  // namespace voxlake::azure
