#include "features/feature_set.h"

#include <algorithm>
#include <numeric>

#include "features/plan.h"
#include "features/window_frames.h"
#include "features/windows.h"

namespace voxlake::features {
namespace {

/// How many letters have to be put in, taken out or changed to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row.back();
}

tl::unexpected<Error> unknown_set(const std::string& name) {
  const auto& definitions = set_definitions();
  const auto nearest = std::min_element(definitions.begin(), definitions.end(), [&](const SetDefinition& a, const SetDefinition& b) {
    return edit_distance(name, a.name) < edit_distance(name, b.name);
  });
  std::string known;
  for (const SetDefinition& definition : definitions) known += (known.empty() ? "" : ", ") + std::string(definition.name);
  return failure(ErrorKind::invalid_argument, "there is no feature set \"" + name + "\"",
                 "did you mean \"" + std::string(nearest->name) + "\"? The sets are: " + known);
}

bool is_between(double value, double low, double high) {
  return value >= low && value <= high;
}

Status check_windows(const WindowOptions& windows) {
  constexpr double kDay = 86400;
  if (windows.kind != Windowing::whole && !is_between(windows.length_seconds, 0.001, kDay)) {
    return failure(ErrorKind::invalid_argument, "a window cannot be " + std::to_string(windows.length_seconds) + " s long",
                   "give a length from 0.001 to 86400 s");
  }
  if (windows.kind == Windowing::sliding && !is_between(windows.hop_seconds, 0.001, kDay)) {
    return failure(ErrorKind::invalid_argument, "windows cannot start every " + std::to_string(windows.hop_seconds) + " s",
                   "give a hop from 0.001 to 86400 s");
  }
  if (windows.kind != Windowing::session) return {};
  if (!is_between(windows.gap_seconds, 0.001, kDay)) {
    return failure(ErrorKind::invalid_argument, "a session cannot end at a gap of " + std::to_string(windows.gap_seconds) + " s",
                   "give a gap from 0.001 to 86400 s");
  }
  if (!is_between(windows.silence_decibels, 0.1, 200)) {
    return failure(ErrorKind::invalid_argument,
                   "silence cannot be " + std::to_string(windows.silence_decibels) + " dB under the loudest frame", "give 0.1 to 200 dB");
  }
  return {};
}

/// Where each window is one frame, it has to be neither too short for the bands of contrast nor too long for one transform.
Status check_window_frame(const SetDefinition& definition, const FeatureOptions& options) {
  const int64_t samples = samples_of(options.windows.length_seconds, options.rate);
  const std::string what = "the set \"" + definition.name + "\" takes a window of " + std::to_string(options.windows.length_seconds) +
                           " s (" + std::to_string(samples) + " samples) as one frame";
  if (samples > kLongestWindowFrame) {
    return failure(ErrorKind::invalid_argument, what + ": that is too long",
                   "give windows of at most " + std::to_string(kLongestWindowFrame / options.rate) + " s");
  }
  const bool holds_bands = std::all_of(definition.entries.begin(), definition.entries.end(), [&](const SetEntry& entry) {
    return entry.descriptor != Descriptor::contrast || !make_contrast_bands(options.rate, samples, entry.parameters.contrast).empty();
  });
  if (samples < 2 || !holds_bands) {
    return failure(ErrorKind::invalid_argument, what + ": that is too short for its spectrum", "give longer windows, as 3 s");
  }
  return {};
}

std::string describe_windows(const WindowOptions& windows) {
  switch (windows.kind) {
    case Windowing::sliding:
      return "sliding " + std::to_string(windows.length_seconds) + " s every " + std::to_string(windows.hop_seconds) + " s";
    case Windowing::session:
      return "session up to " + std::to_string(windows.length_seconds) + " s, gap " + std::to_string(windows.gap_seconds) + " s, silence " +
             std::to_string(windows.silence_decibels) + " dB";
    case Windowing::whole: break;
  }
  return "whole";
}

}  // namespace

Result<std::shared_ptr<const FeatureSet>> FeatureSet::create(const FeatureOptions& options) {
  const auto& definitions = set_definitions();
  const auto definition =
      std::find_if(definitions.begin(), definitions.end(), [&](const SetDefinition& candidate) { return candidate.name == options.set; });
  if (definition == definitions.end()) return unknown_set(options.set);
  return create(*definition, options, kernels::best_kernels());
}

Result<std::shared_ptr<const FeatureSet>> FeatureSet::create(const SetDefinition& definition, const FeatureOptions& options) {
  return create(definition, options, kernels::best_kernels());
}

Result<std::shared_ptr<const FeatureSet>> FeatureSet::create(const SetDefinition& definition, const FeatureOptions& options,
                                                             const kernels::Kernels& kernels) {
  VOXLAKE_TRY(check_windows(options.windows));
  VOXLAKE_TRY(check_definition(definition, options.rate));
  if (definition.frame_is_window) VOXLAKE_TRY(check_window_frame(definition, options));
  auto set = std::make_shared<FeatureSet>();
  set->options_ = options;
  set->options_.set = definition.name;
  set->plan_ = std::make_shared<const Plan>(make_plan(definition, options.rate, kernels, set->columns_));
  set->fingerprint_ = definition.name + " v" + std::to_string(definition.version) + ", " + std::to_string(options.rate) + " Hz, " +
                      describe_windows(options.windows);
  if (definition.frame_is_window && options.windows.kind == Windowing::whole) {
    set->fingerprint_ += ", frames of at least " + std::to_string(options.windows.length_seconds) + " s";
  }
  const auto& known_sets = set_definitions();
  const bool is_own =
      std::none_of(known_sets.begin(), known_sets.end(), [&](const SetDefinition& known) { return known.name == definition.name; });
  if (is_own) set->fingerprint_ += ", own " + definition_text(definition);
  return std::shared_ptr<const FeatureSet>(std::move(set));
}

std::vector<std::string> FeatureSet::names() {
  std::vector<std::string> names;
  for (const SetDefinition& definition : set_definitions()) names.emplace_back(definition.name);
  return names;
}

}  // namespace voxlake::features
