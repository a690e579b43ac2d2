// voxlake.toml is written by hand: whatever stands in it, the answer is settings or an error with a message, and a feature set that is
// taken can be described and computed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "features/reference.h"
#include "pipeline/feature_sets.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_said(const voxlake::Error& error) {
  require(!error.message.empty());
}

/// Sets that would take long are left at their columns.
bool is_small(const voxlake::features::FeatureSet& set, const voxlake::config::Settings& settings) {
  return set.columns().size() <= 2000 && set.options().windows.length_seconds <= 1 && settings.window_seconds >= 0.1;
}

void compute(const std::shared_ptr<const voxlake::features::FeatureSet>& set) {
  std::vector<float> signal(700);
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] = static_cast<float>((i * 7919) % 1001) / 1001 - 0.5F;
  voxlake::features::WindowFeatures out;
  require(static_cast<bool>(voxlake::features::Extractor(set).compute(signal, out)));
  require(out.values.size() == out.windows.size() * set->columns().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake;
  const auto resolved = config::resolve_text(std::string(reinterpret_cast<const char*>(data), size), "voxlake.toml");
  if (!resolved) {
    require_said(resolved.error());
    return 0;
  }
  for (const config::Setting& setting : config::all_settings()) config::value_text(setting, resolved->settings);
  for (const config::OwnSet& own : resolved->settings.own_sets) {
    const auto definition = pipeline::own_definition(own);
    if (!definition) require_said(definition.error());
  }
  const auto set = pipeline::make_feature_set(resolved->settings);
  if (!set) {
    require_said(set.error());
    return 0;
  }
  require(!(*set)->columns().empty());
  require((*set)->options().rate == pipeline::sample_rate(resolved->settings));
  require(features::describe_columns(**set).size() == (*set)->columns().size());
  if (is_small(**set, resolved->settings)) compute(*set);
  return 0;
}
