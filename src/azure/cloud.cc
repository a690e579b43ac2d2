#include "azure/cloud.h"

#include <array>

namespace voxlake::azure {

Result<Cloud> cloud_named(std::string_view name) {
  static const std::array<Cloud, 3> clouds = {
      Cloud{"public", "https://login.microsoftonline.com", "core.windows.net", "vault.azure.net", "https://management.azure.com",
            "azurewebsites.net", "azuredatabricks.net"},
      Cloud{"usgovernment", "https://login.microsoftonline.us", "core.usgovcloudapi.net", "vault.usgovcloudapi.net",
            "https://management.usgovcloudapi.net", "azurewebsites.us", "databricks.azure.us"},
      Cloud{"china", "https://login.partner.microsoftonline.cn", "core.chinacloudapi.cn", "vault.azure.cn",
            "https://management.chinacloudapi.cn", "chinacloudsites.cn", "databricks.azure.cn"}};
  for (const Cloud& cloud : clouds) {
    if (cloud.name == name) return cloud;
  }
  return failure(ErrorKind::invalid_argument, "azure.cloud is `" + std::string(name) + "`", "choose public, usgovernment or china");
}

std::string vault_resource(const Cloud& cloud) {
  return "https://" + cloud.vault_suffix;
}

std::string management_resource(const Cloud& cloud) {
  return cloud.management + "/";
}

}  // namespace voxlake::azure
