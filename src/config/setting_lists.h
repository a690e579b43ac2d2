#pragma once

#include <vector>

#include "config/settings.h"

/// The parts of the one list of settings.
namespace voxlake::config {

template <auto Member>
Value field_of(Settings& settings) {
  return &(settings.*Member);
}

/// azure.…
void add_azure_settings(std::vector<Setting>& settings);
/// adf.… and functions.…
void add_factory_settings(std::vector<Setting>& settings);

}  // namespace voxlake::config
