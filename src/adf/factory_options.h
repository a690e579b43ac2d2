#pragma once

#include <cstdint>
#include <string>

#include "config/settings.h"
#include "error/result.h"

/// Azure Data Factory: what Voxlake puts into a factory, as JSON values. Nothing here touches a network or a disk.
namespace voxlake::adf {

/// Who runs a step of the pipeline.
enum class Runner { none, function, databricks };

/// When the pipeline runs by itself.
enum class Schedule { none, stopped, started };

/// What the resources of a factory depend on, checked. A plain value.
struct FactoryOptions {
  std::string prefix;       ///< of every resource's name
  std::string corpus;       ///< the corpus's name: the folder below the container bronze
  std::string storage_url;  ///< https://ACCOUNT.dfs.core.windows.net
  std::string vault_url;    ///< https://VAULT.vault.azure.net; empty: none

  std::string function_app_url;     ///< https://APP.azurewebsites.net; empty: none
  std::string function_key_secret;  ///< the vault's secret that holds the function app's key

  std::string databricks_url;        ///< https://adb-….azuredatabricks.net; empty: none
  std::string databricks_workspace;  ///< the workspace's resource id
  std::string databricks_cluster;
  std::string notebooks;  ///< the workspace's folder with the notebooks `decode` and `features`
  std::string feature_set;

  Runner discover = Runner::none;  ///< never databricks
  Runner describe = Runner::none;  ///< decode and features

  int64_t parallel_copies = 50;
  int64_t copy_retries = 3;
  int64_t retry_seconds = 30;
  int64_t poll_seconds = 15;  ///< between two questions after a function's state

  Schedule schedule = Schedule::none;
  std::string weekday;
  int64_t hour = 0;  ///< UTC
};

/// Of the settings adf.…, the corpus's name, and the lake where that is in Azure. invalid_argument, naming the setting, for what Data
/// Factory would refuse or what does not go together.
Result<FactoryOptions> factory_options(const config::Settings& settings, const std::string& corpus);

/// Where the factory is: the resource id below the management endpoint, `/subscriptions/…/factories/NAME`.
Result<std::string> factory_path(const config::Settings& settings);

}  // namespace voxlake::adf
