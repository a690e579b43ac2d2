#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "azure/options.h"
#include "azure/secret.h"
#include "azure/token_source.h"
#include "error/result.h"

namespace voxlake::azure {

/// `keyvault://VAULT/NAME[/VERSION]`
struct VaultReference {
  std::string vault, name, version;  ///< version empty: the newest
};

/// invalid_argument for another form, or a name that Key Vault does not allow.
Result<VaultReference> parse_vault_reference(std::string_view text);

/// Secrets of Azure Key Vault (REST, version 7.4). Thread safe.
class KeyVault {
 public:
  KeyVault(const Options& options, std::shared_ptr<TokenSource> tokens);
  /// The secret that `reference` names. Errors say what is missing: the role, the secret, the vault; that it is disabled or expired; never
  /// anything of its value.
  Result<Secret> read(const std::string& reference) const;

 private:
  const Options options_;
  std::shared_ptr<TokenSource> tokens_;
  std::shared_ptr<const Sender> sender_;
};

}  // namespace voxlake::azure
