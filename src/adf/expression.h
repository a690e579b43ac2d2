#pragma once

#include <cstdint>
#include <string>

#include "adf/resource.h"

/// The small parts that pipelines are put together from.
namespace voxlake::adf {

/// A text that Data Factory computes when it runs: {"value": "@…", "type": "Expression"}.
inline Json expression(const std::string& text) {
  return {{"value", text}, {"type", "Expression"}};
}

/// {"referenceName": …, "type": "DatasetReference"}
inline Json reference(const std::string& type, const std::string& name) {
  return {{"referenceName", name}, {"type", type}};
}

/// The activity `name` is waited for: Succeeded, Failed, Completed.
inline Json depends_on(const std::string& name, const std::string& condition = "Succeeded") {
  return Json::array({{{"activity", name}, {"dependencyConditions", Json::array({condition})}}});
}

/// `timeout` as days.hours:minutes:seconds.
inline Json policy(const std::string& timeout, int64_t retries, int64_t retry_seconds) {
  return {
      {"timeout", timeout}, {"retry", retries}, {"retryIntervalInSeconds", retry_seconds}, {"secureOutput", false}, {"secureInput", false}};
}

/// An activity without a policy: what controls the flow.
inline Json activity(const std::string& name, const std::string& type, Json after, Json type_properties) {
  return {{"name", name},
          {"type", type},
          {"dependsOn", std::move(after)},
          {"userProperties", Json::array()},
          {"typeProperties", std::move(type_properties)}};
}

/// An activity that does something, and may be tried again.
inline Json activity(const std::string& name, const std::string& type, Json after, Json policy, Json type_properties) {
  return {{"name", name},
          {"type", type},
          {"dependsOn", std::move(after)},
          {"policy", std::move(policy)},
          {"userProperties", Json::array()},
          {"typeProperties", std::move(type_properties)}};
}

inline Json nothing_before() {
  return Json::array();
}

/// An activity that makes the pipeline fail.
inline Json fail_activity(const std::string& name, const std::string& message, const std::string& code) {
  return activity(name, "Fail", nothing_before(), {{"message", expression(message)}, {"errorCode", code}});
}

/// Runs `chosen` where `condition` is not true.
inline Json unless(const std::string& name, Json after, const std::string& condition, Json chosen) {
  return activity(name, "IfCondition", std::move(after),
                  {{"expression", expression(condition)}, {"ifFalseActivities", Json::array({std::move(chosen)})}});
}

inline Json lookup(const std::string& name, Json after, const std::string& dataset, Json file) {
  return activity(name, "Lookup", std::move(after), policy("0.00:30:00", 2, 30),
                  {{"source",
                    {{"type", "JsonSource"},
                     {"storeSettings", {{"type", "AzureBlobFSReadSettings"}, {"recursive", false}, {"enablePartitionDiscovery", false}}},
                     {"formatSettings", {{"type", "JsonReadSettings"}}}}},
                   {"dataset", {{"referenceName", dataset}, {"type", "DatasetReference"}, {"parameters", {{"file", std::move(file)}}}}},
                   {"firstRowOnly", false}});
}

/// All that a pipeline has beside its name.
inline Json pipeline(const std::string& description, Json activities, Json parameters, Json variables) {
  Json properties{{"description", description}, {"activities", std::move(activities)}};
  if (!parameters.empty()) properties["parameters"] = std::move(parameters);
  if (!variables.empty()) properties["variables"] = std::move(variables);
  properties["folder"] = {{"name", "Voxlake"}};
  properties["annotations"] = Json::array();
  return properties;
}

}  // namespace voxlake::adf
