#pragma once

#include <string>
#include <vector>

#include "features/feature_set.h"

namespace voxlake::features {

/// What a column of a set holds.
struct ColumnDescription {
  std::string name;
  std::string formula;  ///< plain text: what is taken of what
  std::string unit;     ///< empty for a pure number
  std::string range;    ///< of values that are not null
  std::string source;   ///< what it equals, and where it is defined
};

/// Every column of the set, in the order of its values.
std::vector<ColumnDescription> describe_columns(const FeatureSet& set);

/// The reference page of all sets, in Markdown: `docs/reference/features.md`.
std::string features_reference();

}  // namespace voxlake::features
