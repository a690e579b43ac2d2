#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "adf/difference.h"
#include "adf/factory_options.h"
#include "adf/resource.h"
#include "azure/resource_manager.h"
#include "error/result.h"

/// A data factory on Azure: what is in it, what should be, and its runs.
namespace voxlake::factory {

/// What is to be done about one resource.
enum class Action {
  create,
  change,
  keep,
  start,   ///< a trigger that is as it should be, but does not run
  stop,    ///< a trigger that runs, but should not
  unused,  ///< left from earlier settings: shown and left alone, since others may use it
};

struct Step {
  Action action = Action::keep;
  adf::Resource resource;
  bool is_running = false;                        ///< a trigger that must be stopped before it is changed
  std::vector<adf::Difference> differences = {};  ///< of `change`
};

/// Compares the factory at `path` (see factory_path) with what it should hold, one step a resource, in the order of deployment. Changes
/// nothing. `weekly` is the trigger that must not run where the schedule is none.
Result<std::vector<Step>> plan(const azure::ResourceManager& manager, const std::string& path, const adf::FactoryOptions& options);

/// Takes the steps. Each is whole by itself, so an interrupted deployment goes on where it stopped when it is planned again.
/// `told` hears of each step after it was taken. cancelled when stopped.
Status deploy(const azure::ResourceManager& manager, const std::string& path, const adf::FactoryOptions& options,
              const std::vector<Step>& steps, const std::atomic<bool>& stop, const std::function<void(const Step&)>& told);

}  // namespace voxlake::factory
