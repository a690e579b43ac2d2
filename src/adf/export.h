#pragma once

#include <map>
#include <string>
#include <vector>

#include "adf/resource.h"

namespace voxlake::adf {

/// The resources as one template of Azure Resource Manager, for a factory that is there: its parameter is `factoryName`.
Json arm_template(const std::vector<Resource>& resources);

/// The resources as files of a repository that a factory in Git mode reads: path (linkedService/NAME.json, …) to text.
std::map<std::string, std::string> git_folder(const std::vector<Resource>& resources);

}  // namespace voxlake::adf
