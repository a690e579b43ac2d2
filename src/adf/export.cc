#include "adf/export.h"

namespace voxlake::adf {
namespace {

/// A template's texts that begin with a bracket are expressions of Resource Manager: such texts of ours get a second one.
Json escaped(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.rfind('[', 0) == 0 ? Json("[" + text) : value;
  }
  if (value.is_array()) {
    Json copy = Json::array();
    for (const Json& element : value) copy.push_back(escaped(element));
    return copy;
  }
  if (!value.is_object()) return value;
  Json copy = Json::object();
  for (const auto& [key, element] : value.items()) copy[key] = escaped(element);
  return copy;
}

std::string git_folder_of(Kind kind) {
  switch (kind) {
    case Kind::linked_service: return "linkedService";
    case Kind::dataset: return "dataset";
    case Kind::pipeline: return "pipeline";
    case Kind::trigger: break;
  }
  return "trigger";
}

}  // namespace

Json arm_template(const std::vector<Resource>& resources) {
  Json list = Json::array();
  for (const Resource& resource : resources) {
    Json needs = Json::array();
    for (const auto& [kind, name] : resource.needs) {
      needs.push_back("[concat(variables('factoryId'), '/" + std::string(collection_of(kind)) + "/" + name + "')]");
    }
    list.push_back({{"type", "Microsoft.DataFactory/factories/" + std::string(collection_of(resource.kind))},
                    {"apiVersion", "2018-06-01"},
                    {"name", "[concat(parameters('factoryName'), '/" + resource.name + "')]"},
                    {"dependsOn", std::move(needs)},
                    {"properties", escaped(resource.properties)}});
  }
  return {{"$schema", "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
          {"contentVersion", "1.0.0.0"},
          {"parameters", {{"factoryName", {{"type", "string"}, {"metadata", {{"description", "Name of the data factory"}}}}}}},
          {"variables", {{"factoryId", "[resourceId('Microsoft.DataFactory/factories', parameters('factoryName'))]"}}},
          {"resources", std::move(list)}};
}

std::map<std::string, std::string> git_folder(const std::vector<Resource>& resources) {
  std::map<std::string, std::string> files;
  for (const Resource& resource : resources) {
    Json file{{"name", resource.name}, {"properties", resource.properties}};
    if (resource.kind != Kind::dataset) file["type"] = "Microsoft.DataFactory/factories/" + std::string(collection_of(resource.kind));
    files[git_folder_of(resource.kind) + "/" + resource.name + ".json"] = file.dump(4) + "\n";
  }
  return files;
}

}  // namespace voxlake::adf
