#pragma once

#include <string>
#include <vector>

#include "adf/resource.h"

namespace voxlake::adf {

/// One place where a deployed resource is not as it should be. Texts are JSON, cut where they are long; empty: not there.
struct Difference {
  std::string path;  ///< typeProperties.activities[2].batchCount
  std::string deployed;
  std::string wanted;
};

/// How the properties of a deployed resource differ from those that are wanted. What the service adds (when it was published, whether a
/// trigger runs), and empty lists and objects, which it drops, are no differences.
std::vector<Difference> differences(const Json& wanted, const Json& deployed);

}  // namespace voxlake::adf
