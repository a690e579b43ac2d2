#pragma once

#include <string>
#include <string_view>

#include "error/result.h"

namespace voxlake::azure {

/// Where the services of one of Microsoft's clouds are. Source: the endpoints that `az cloud list` names.
struct Cloud {
  std::string name;
  std::string authority;          ///< URL of Microsoft Entra ID, without a trailing slash
  std::string storage_suffix;     ///< core.windows.net: ACCOUNT.blob.SUFFIX, ACCOUNT.dfs.SUFFIX
  std::string vault_suffix;       ///< vault.azure.net: VAULT.SUFFIX
  std::string management;         ///< URL of Resource Manager, without a trailing slash
  std::string functions_suffix;   ///< azurewebsites.net: APP.SUFFIX
  std::string databricks_suffix;  ///< azuredatabricks.net: adb-N.M.SUFFIX
};

/// `public`, `usgovernment` or `china`.
Result<Cloud> cloud_named(std::string_view name);

/// What a token is for: storage in all clouds alike, vaults and management in this one.
inline constexpr const char* storage_resource = "https://storage.azure.com/";
std::string vault_resource(const Cloud& cloud);
std::string management_resource(const Cloud& cloud);

}  // namespace voxlake::azure
