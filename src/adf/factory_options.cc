#include "adf/factory_options.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "azure/cloud.h"

namespace voxlake::adf {
namespace {

bool is_word(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || more.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

tl::unexpected<Error> wrong(const std::string& key, const std::string& value, const std::string& expected) {
  return failure(ErrorKind::invalid_argument, key + " is `" + value + "`", "it must be " + expected);
}

tl::unexpected<Error> missing(const std::string& key, const std::string& why) {
  return failure(ErrorKind::invalid_argument, key + " is not set, but " + why,
                 "set it in voxlake.toml; docs/guides/azure-from-nothing.md tells what it is");
}

/// `https://HOST`, from that or from a name alone; plain http is only for this machine (tests).
Result<std::string> service_url(const std::string& key, const std::string& value, const std::string& suffix) {
  if (value.empty()) return std::string();
  std::string url = value;
  while (!url.empty() && url.back() == '/') url.pop_back();
  if (is_word(url, "-")) return "https://" + url + suffix;
  if (url.find("://") == std::string::npos && is_word(url, "-.")) return "https://" + url;
  const bool local = url.rfind("http://127.0.0.1:", 0) == 0;
  const size_t host = url.find("://") + 3;
  if ((url.rfind("https://", 0) == 0 || local) && is_word(std::string_view(url).substr(host), "-.:/")) return url;
  return wrong(key, value, "a name, a host or an https:// address");
}

/// The account of `abfss://ACCOUNT.dfs.core.windows.net` or `abfss://CONTAINER@ACCOUNT.…`.
std::string storage_of_lake(const std::string& lake) {
  if (lake.rfind("abfss://", 0) != 0 && lake.rfind("abfs://", 0) != 0) return "";
  std::string host = lake.substr(lake.find("://") + 3);
  host = host.substr(0, host.find('/'));
  return host.substr(host.find('@') == std::string::npos ? 0 : host.find('@') + 1);
}

Runner runner_named(const std::string& name) {
  return name == "function" ? Runner::function : name == "databricks" ? Runner::databricks : Runner::none;
}

Schedule schedule_named(const std::string& name) {
  return name == "started" ? Schedule::started : name == "stopped" ? Schedule::stopped : Schedule::none;
}

Status check_databricks(const FactoryOptions& options) {
  if (options.databricks_url.empty()) return missing("adf.databricks", "adf.describe is databricks");
  if (options.databricks_workspace.rfind("/subscriptions/", 0) != 0) {
    return wrong("adf.databricks_workspace", options.databricks_workspace, "the workspace's resource id, /subscriptions/…");
  }
  if (!is_word(options.databricks_cluster, "-_")) return wrong("adf.databricks_cluster", options.databricks_cluster, "a cluster's id");
  if (options.notebooks.rfind('/', 0) != 0) return wrong("adf.notebooks", options.notebooks, "a workspace folder, /…");
  return {};
}

Status check_together(const FactoryOptions& options) {
  if (options.storage_url.empty()) return missing("adf.storage", "the lake is not in Azure storage, where Data Factory copies to");
  if (!is_word(options.prefix, "_") || options.prefix.size() > 60) {
    return wrong("adf.prefix", options.prefix, "letters, digits and underscores, 60 at most");
  }
  if (!is_word(options.corpus, "-_."))
    return wrong("name", options.corpus, "letters, digits, `-`, `_` and `.`: it becomes a folder of bronze");
  const bool calls_function = options.discover == Runner::function || options.describe == Runner::function;
  if (calls_function && options.function_app_url.empty()) return missing("adf.function_app", "a step is to be run by a Function");
  if (!options.function_app_url.empty()) {
    if (options.vault_url.empty()) return missing("adf.vault", "the function app's key is kept in a vault");
    if (!is_word(options.function_key_secret, "-")) {
      return wrong("adf.function_key_secret", options.function_key_secret, "a secret's name: letters, digits and `-`");
    }
  }
  if (options.describe == Runner::databricks) VOXLAKE_TRY(check_databricks(options));
  return {};
}

}  // namespace

Result<FactoryOptions> factory_options(const config::Settings& settings, const std::string& corpus) {
  VOXLAKE_ASSIGN(const azure::Cloud cloud, azure::cloud_named(settings.azure_cloud));
  FactoryOptions options;
  options.prefix = settings.adf_prefix;
  options.corpus = corpus;
  const std::string storage = settings.adf_storage.empty() ? storage_of_lake(settings.lake) : settings.adf_storage;
  VOXLAKE_ASSIGN(options.storage_url, service_url("adf.storage", storage, ".dfs." + cloud.storage_suffix));
  VOXLAKE_ASSIGN(options.vault_url, service_url("adf.vault", settings.adf_vault, "." + cloud.vault_suffix));
  VOXLAKE_ASSIGN(options.function_app_url, service_url("adf.function_app", settings.adf_function_app, "." + cloud.functions_suffix));
  VOXLAKE_ASSIGN(options.databricks_url, service_url("adf.databricks", settings.adf_databricks, "." + cloud.databricks_suffix));
  options.function_key_secret = settings.adf_function_key_secret;
  options.databricks_workspace = settings.adf_databricks_workspace;
  options.databricks_cluster = settings.adf_databricks_cluster;
  options.notebooks = settings.adf_notebooks;
  while (options.notebooks.size() > 1 && options.notebooks.back() == '/') options.notebooks.pop_back();
  options.feature_set = settings.features_set;
  options.discover = runner_named(settings.adf_discover);
  options.describe = runner_named(settings.adf_describe);
  options.parallel_copies = settings.adf_parallel_copies;
  options.copy_retries = settings.adf_copy_retries;
  options.retry_seconds = settings.adf_retry_seconds;
  options.poll_seconds = settings.adf_poll_seconds;
  options.schedule = schedule_named(settings.adf_schedule);
  options.weekday = settings.adf_weekday;
  options.hour = settings.adf_hour;
  VOXLAKE_TRY(check_together(options));
  return options;
}

Result<std::string> factory_path(const config::Settings& settings) {
  if (!is_word(settings.adf_subscription, "-")) {
    return wrong("adf.subscription", settings.adf_subscription, "the subscription's id: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
  }
  if (!is_word(settings.adf_resource_group, "-_.()")) {
    return wrong("adf.resource_group", settings.adf_resource_group, "the name of the resource group that has the factory");
  }
  if (!is_word(settings.adf_factory, "-")) return wrong("adf.factory", settings.adf_factory, "the factory's name");
  return "/subscriptions/" + settings.adf_subscription + "/resourceGroups/" + settings.adf_resource_group +
         "/providers/Microsoft.DataFactory/factories/" + settings.adf_factory;
}

}  // namespace voxlake::adf
