#include "adf/expression.h"
#include "adf/resource.h"

namespace voxlake::adf {
namespace {

Resource linked_service(const std::string& name, const std::string& type, const std::string& description, Json type_properties,
                        Json parameters = Json::object()) {
  Json properties{{"type", type}, {"description", description}};
  if (!parameters.empty()) properties["parameters"] = std::move(parameters);
  properties["annotations"] = Json::array();
  properties["typeProperties"] = std::move(type_properties);
  return {Kind::linked_service, name, std::move(properties)};
}

}  // namespace

std::vector<Resource> linked_services(const FactoryOptions& options) {
  const Names names(options.prefix);
  std::vector<Resource> services;
  services.push_back(linked_service(
      names.web, "HttpServer", "The web server that publishes the archives; its address comes with each archive",
      {{"url", "@{linkedService().base_url}"}, {"authenticationType", "Anonymous"}, {"enableServerCertificateValidation", true}},
      {{"base_url", {{"type", "String"}}}}));
  services.push_back(linked_service(names.storage, "AzureBlobFS",
                                    "The lake; the factory's managed identity is Storage Blob Data Contributor there",
                                    {{"url", options.storage_url}}));
  if (!options.vault_url.empty()) {
    services.push_back(linked_service(names.vault, "AzureKeyVault", "The factory's managed identity is Key Vault Secrets User there",
                                      {{"baseUrl", options.vault_url + "/"}}));
  }
  if (!options.function_app_url.empty()) {
    Resource function = linked_service(names.function, "AzureFunction", "`voxlake functions serve`",
                                       {{"functionAppUrl", options.function_app_url},
                                        {"functionKey",
                                         {{"type", "AzureKeyVaultSecret"},
                                          {"store", reference("LinkedServiceReference", names.vault)},
                                          {"secretName", options.function_key_secret}}}});
    function.needs = {{Kind::linked_service, names.vault}};
    services.push_back(std::move(function));
  }
  if (!options.databricks_url.empty()) {
    services.push_back(linked_service(names.databricks, "AzureDatabricks",
                                      "The workspace; the factory's managed identity is Contributor there",
                                      {{"domain", options.databricks_url},
                                       {"authentication", "MSI"},
                                       {"workspaceResourceId", options.databricks_workspace},
                                       {"existingClusterId", options.databricks_cluster}}));
  }
  return services;
}

std::vector<Resource> datasets(const FactoryOptions& options) {
  const Names names(options.prefix);
  const auto dataset = [](const std::string& name, const std::string& type, Json service, Json parameters, Json location) {
    const std::string needed = service["referenceName"];
    Json properties{{"linkedServiceName", std::move(service)},
                    {"parameters", std::move(parameters)},
                    {"folder", {{"name", "Voxlake"}}},
                    {"annotations", Json::array()},
                    {"type", type},
                    {"typeProperties", {{"location", std::move(location)}}}};
    if (type == "Json") properties["schema"] = Json::object();
    return Resource{Kind::dataset, name, std::move(properties), {{Kind::linked_service, needed}}};
  };
  const Json text{{"type", "String"}};
  Json web = reference("LinkedServiceReference", names.web);
  web["parameters"] = {{"base_url", expression("@dataset().base_url")}};
  const Json storage = reference("LinkedServiceReference", names.storage);
  return {dataset(names.archive_on_web, "Binary", web, {{"base_url", text}, {"relative_url", text}},
                  {{"type", "HttpServerLocation"}, {"relativeUrl", expression("@dataset().relative_url")}}),
          dataset(names.archive_in_bronze, "Binary", storage, {{"folder", text}, {"file", text}},
                  {{"type", "AzureBlobFSLocation"},
                   {"fileSystem", "bronze"},
                   {"folderPath", expression("@dataset().folder")},
                   {"fileName", expression("@dataset().file")}}),
          dataset(names.manifest, "Json", storage, {{"file", text}},
                  {{"type", "AzureBlobFSLocation"},
                   {"fileSystem", "miscellaneous"},
                   {"folderPath", "manifest"},
                   {"fileName", expression("@dataset().file")}})};
}

Resource weekly_trigger(const FactoryOptions& options) {
  const Names names(options.prefix);
  const Json schedule{{"minutes", Json::array({0})}, {"hours", Json::array({options.hour})}, {"weekDays", Json::array({options.weekday})}};
  Json properties{
      {"type", "ScheduleTrigger"},
      {"description", "Takes what was published since last week"},
      {"annotations", Json::array()},
      {"pipelines", Json::array({{{"pipelineReference", reference("PipelineReference", names.corpus)}, {"parameters", Json::object()}}})},
      {"typeProperties",
       {{"recurrence",
         {{"frequency", "Week"},
          {"interval", 1},
          {"startTime", "2024-01-01T00:00:00.000Z"},  // in the past and the same each time: to deploy twice changes nothing
          {"timeZone", "UTC"},
          {"schedule", schedule}}}}}};
  return {Kind::trigger, names.weekly, std::move(properties), {{Kind::pipeline, names.corpus}}};
}

}  // namespace voxlake::adf
