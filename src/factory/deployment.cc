#include "factory/deployment.h"

namespace voxlake::factory {
namespace {

using adf::Json;

std::string address(const std::string& path, adf::Kind kind, const std::string& name) {
  return path + "/" + std::string(adf::collection_of(kind)) + "/" + name;
}

std::string title(const adf::Resource& resource) {
  return "the " + std::string(adf::name_of(resource.kind)) + " " + resource.name;
}

bool is_started(const Json& properties) {
  return properties.is_object() && properties.value("runtimeState", "") == "Started";
}

/// The properties of what is deployed; null where it is not there.
Result<Json> deployed_properties(const azure::ResourceManager& manager, const std::string& path, const adf::Resource& resource) {
  auto found = manager.get("cannot read " + title(resource), address(path, resource.kind, resource.name));
  if (!found && found.error().kind == ErrorKind::not_found) return Json();
  if (!found) return propagate(found);
  const auto properties = found->is_object() ? found->find("properties") : found->end();
  if (properties == found->end() || !properties->is_object()) {
    return failure(ErrorKind::network, "cannot read " + title(resource) + ": the answer has no properties");
  }
  return *properties;
}

Action action_of(const adf::Resource& resource, const Json& deployed, const std::vector<adf::Difference>& differences,
                 adf::Schedule schedule) {
  if (deployed.is_null()) return Action::create;
  if (!differences.empty()) return Action::change;
  if (resource.kind != adf::Kind::trigger || is_started(deployed) == (schedule == adf::Schedule::started)) return Action::keep;
  return schedule == adf::Schedule::started ? Action::start : Action::stop;
}

Status switch_trigger(const azure::ResourceManager& manager, const std::string& path, const adf::Resource& trigger, bool on) {
  const std::string what = on ? "start" : "stop";
  VOXLAKE_TRY(
      manager.post("cannot " + what + " " + title(trigger), address(path, trigger.kind, trigger.name) + "/" + what, Json::object()));
  return {};
}

Status take(const azure::ResourceManager& manager, const std::string& path, adf::Schedule schedule, const Step& step) {
  const bool is_trigger = step.resource.kind == adf::Kind::trigger;
  switch (step.action) {
    case Action::keep:
    case Action::unused: return {};
    case Action::start: return switch_trigger(manager, path, step.resource, true);
    case Action::stop: return switch_trigger(manager, path, step.resource, false);
    case Action::create:
    case Action::change: break;
  }
  // A trigger that runs cannot be changed.
  if (is_trigger && step.is_running) VOXLAKE_TRY(switch_trigger(manager, path, step.resource, false));
  VOXLAKE_TRY(manager.put("cannot write " + title(step.resource), address(path, step.resource.kind, step.resource.name),
                          {{"properties", step.resource.properties}}));
  if (is_trigger && schedule == adf::Schedule::started) VOXLAKE_TRY(switch_trigger(manager, path, step.resource, true));
  return {};
}

}  // namespace

Result<std::vector<Step>> plan(const azure::ResourceManager& manager, const std::string& path, const adf::FactoryOptions& options) {
  VOXLAKE_TRY(manager.get("cannot read the data factory", path));  // before all else: every resource of a wrong factory is missing
  std::vector<Step> steps;
  for (adf::Resource& resource : adf::make_resources(options)) {
    VOXLAKE_ASSIGN(const Json deployed, deployed_properties(manager, path, resource));
    Step step;
    if (!deployed.is_null()) step.differences = adf::differences(resource.properties, deployed);
    step.action = action_of(resource, deployed, step.differences, options.schedule);
    step.is_running = is_started(deployed);
    step.resource = std::move(resource);
    steps.push_back(std::move(step));
  }
  if (options.schedule == adf::Schedule::none) {
    adf::Resource left = adf::weekly_trigger(options);
    VOXLAKE_ASSIGN(const Json deployed, deployed_properties(manager, path, left));
    if (is_started(deployed)) steps.insert(steps.begin(), Step{Action::stop, std::move(left), true});
  }
  for (adf::Resource& unused : adf::unused_resources(options)) {
    VOXLAKE_ASSIGN(const Json deployed, deployed_properties(manager, path, unused));
    if (!deployed.is_null()) steps.push_back({Action::unused, std::move(unused)});
  }
  return steps;
}

Status deploy(const azure::ResourceManager& manager, const std::string& path, const adf::FactoryOptions& options,
              const std::vector<Step>& steps, const std::atomic<bool>& stop, const std::function<void(const Step&)>& told) {
  for (const Step& step : steps) {
    if (stop.load(std::memory_order_relaxed)) return failure(ErrorKind::cancelled, "interrupted");
    VOXLAKE_TRY(take(manager, path, options.schedule, step));
    told(step);
  }
  return {};
}

}  // namespace voxlake::factory
