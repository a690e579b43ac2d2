#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "azure/retry_policy.h"
#include "azure/secret.h"
#include "error/result.h"

/// Azure: who we are, the vault's secrets, and the storage of blobs. Nothing here is read from the process's environment or the
/// configuration but by the caller.
namespace voxlake::net {
class Surroundings;
}

namespace voxlake::azure {

class Sender;

/// How to reach Azure, and as whom. A plain value.
struct Options {
  std::string cloud = "public";         ///< see cloud.h
  std::string credential = "default";   ///< see token_source.h; for storage also `key` and `sas`
  std::string tenant_id = {};           ///< of a service principal; empty: AZURE_TENANT_ID
  std::string client_id = {};           ///< of a service principal or a user-assigned identity; empty: AZURE_CLIENT_ID
  Secret client_secret = {};            ///< empty: AZURE_CLIENT_SECRET
  std::string client_certificate = {};  ///< PEM file of a key and a certificate; empty: AZURE_CLIENT_CERTIFICATE_PATH
  Secret account_key = {};              ///< of the storage account, base64; empty: AZURE_STORAGE_KEY
  Secret sas = {};                      ///< shared access signature; empty: AZURE_STORAGE_SAS_TOKEN
  std::string endpoint = {};            ///< URL of the blob service where it is not the cloud's own
  std::string vault_endpoint = {};      ///< URL of the Key Vault where it is not the cloud's own
  std::string ca_file = {};             ///< PEM; empty: SSL_CERT_FILE, then the system's
  /// Variables that Azure defines (AZURE_…, IDENTITY_…), and PATH for the Azure CLI.
  std::map<std::string, std::string> environment = {};
  RetryPolicy retries = {};
  int32_t list_page = 5000;                              ///< blobs in one answer; the service gives no more
  std::shared_ptr<net::Surroundings> surroundings = {};  ///< clock and chance; null: the machine's

  /// A variable; empty where it is not set.
  std::string variable(const std::string& name) const {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  }
  /// `value`, or the variable `name` where that is empty.
  std::string or_variable(const std::string& value, const std::string& name) const { return value.empty() ? variable(name) : value; }
};

/// What sends the calls of these options.
std::shared_ptr<const Sender> make_sender(const Options& options);

/// invalid_argument for a URL that is not https, plain http to this machine or its private network excepted: secrets travel to it.
Status check_secure(const std::string& url, const std::string& what);

}  // namespace voxlake::azure
