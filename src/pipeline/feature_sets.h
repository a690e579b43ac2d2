#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "error/result.h"
#include "features/feature_set.h"
#include "features/set_definition.h"

/// From the settings to feature sets: the built-in ones, and the user's own of voxlake.toml (docs/guides/features.md).
namespace voxlake::pipeline {

/// What a table [features.sets.NAME] defines. invalid_argument, with the place in the file and the nearest known word, for a key, a
/// descriptor, a functional or a parameter that there is not, and for a value that cannot be.
Result<features::SetDefinition> own_definition(const config::OwnSet& set);

/// invalid_argument where the windows make no sense.
Result<features::FeatureOptions> feature_options(const config::Settings& settings);

/// The set that the settings name, at its rate. All of the user's sets are read, not only that one: a mistake in any is an error.
Result<std::shared_ptr<const features::FeatureSet>> make_feature_set(const config::Settings& settings);

/// The rate in Hz that the set wants, to which the decode stage brings every clip: 16,000 but for a set of the user's own that says
/// otherwise.
int32_t sample_rate(const config::Settings& settings);

/// The names of all sets that can be asked for: the built-in ones, then the user's.
std::vector<std::string> set_names(const config::Settings& settings);

}  // namespace voxlake::pipeline
