#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "azure/options.h"
#include "azure/secret.h"
#include "error/result.h"

namespace voxlake::azure {

/// What opens a service's door for a while.
struct AccessToken {
  Secret text;
  std::chrono::system_clock::time_point expires;
};

/// Why a credential does not apply here: half a sentence. The next one of the chain is asked.
struct Absent {
  std::string why;
};

/// One way to get tokens. Thread safe.
class Credential {
 public:
  virtual ~Credential() = default;
  /// `managed identity (App Service)`
  virtual std::string name() const = 0;
  /// A fresh token for `resource` (see cloud.h). An error where the credential applies and was refused: then no other one is tried, for
  /// it would be another identity than the one that was set up.
  virtual Result<std::variant<AccessToken, Absent>> fetch(const std::string& resource) = 0;
};

using Fetched = Result<std::variant<AccessToken, Absent>>;

/// A service principal by secret or certificate: `client_secret` or `client_certificate` of the options, or AZURE_TENANT_ID,
/// AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH. OAuth 2.0 client credentials (RFC 6749, 4.4; RFC 7523 with a
/// certificate).
std::unique_ptr<Credential> service_principal(const Options& options, std::shared_ptr<const Sender> sender);
/// The workload identity of a Kubernetes pod: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, read anew each time.
std::unique_ptr<Credential> workload_identity(const Options& options, std::shared_ptr<const Sender> sender);
/// The managed identity of App Service and Functions: IDENTITY_ENDPOINT and IDENTITY_HEADER.
std::unique_ptr<Credential> app_service_identity(const Options& options, std::shared_ptr<const Sender> sender);
/// The managed identity of a virtual machine, from the instance metadata service.
std::unique_ptr<Credential> machine_identity(const Options& options, std::shared_ptr<const Sender> sender);
/// Who has signed in with `az login`.
std::unique_ptr<Credential> command_line_login(const Options& options);

}  // namespace voxlake::azure
