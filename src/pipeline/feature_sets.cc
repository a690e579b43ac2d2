#include "pipeline/feature_sets.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "features/descriptor.h"
#include "features/functional.h"

namespace voxlake::pipeline {
namespace {

using config::Node;
using features::Descriptor;
using features::SetDefinition;
using features::SetEntry;

constexpr int64_t most_columns = 10'000;
constexpr int64_t longest_frame = 1 << 16;

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

tl::unexpected<Error> unknown(const std::string& what, const std::string& word, const std::string& place,
                              const std::vector<std::string>& known) {
  const std::string near = config::nearest(word, known);
  const std::string all = known.empty() ? "there is none to give" : "there are: " + list_of(known);
  return failure(ErrorKind::invalid_argument, "unknown " + what + " `" + word + "` (" + place + ")",
                 near.empty() ? all : "did you mean `" + near + "`? " + all);
}

tl::unexpected<Error> wrong(const std::string& what, const std::string& place, const std::string& remedy) {
  return failure(ErrorKind::invalid_argument, what + " (" + place + ")", remedy);
}

std::string number_text(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Result<int64_t> whole_number(const Node& node, const std::string& what, int64_t least, int64_t most) {
  const auto* number = node.as<int64_t>();
  if (number != nullptr && *number >= least && *number <= most) return *number;
  return wrong(what + " cannot be that", node.place, "give a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<double> number(const Node& node, const std::string& what, double least, double most) {
  std::optional<double> value;
  if (const auto* whole = node.as<int64_t>()) value = static_cast<double>(*whole);
  if (const auto* real = node.as<double>()) value = *real;
  if (value && *value >= least && *value <= most) return *value;
  return wrong(what + " cannot be that", node.place, "give a number from " + number_text(least) + " to " + number_text(most));
}

std::vector<std::string> functional_names() {
  std::vector<std::string> names;
  for (int i = 0; i < features::kNamedFunctionals; ++i) names.emplace_back(features::to_string(static_cast<features::Functional>(i)));
  return names;
}

std::vector<std::string> descriptor_names() {
  std::vector<std::string> names;
  for (int i = 0; i < features::kDescriptors; ++i) names.emplace_back(features::text_of(static_cast<Descriptor>(i)).name);
  return names;
}

/// "all", or a list of names.
Result<uint32_t> functionals_of(const Node& node) {
  const std::vector<std::string> names = functional_names();
  const auto* word = node.as<std::string>();
  if (word != nullptr && *word == "all") return features::kAllFunctionals;
  const auto* list = node.as<Node::List>();
  if (list == nullptr) return wrong("`functionals` is not a list", node.place, R"(give "all", or a list as ["mean", "std"])");
  uint32_t functionals = 0;
  for (const Node& each : *list) {
    const auto* name = each.as<std::string>();
    if (name == nullptr) return wrong("a functional is not a name", each.place, "there are: " + list_of(names));
    const auto found = std::find(names.begin(), names.end(), *name);
    if (found == names.end()) return unknown("functional", *name, each.place, names);
    functionals |= 1U << (found - names.begin());
  }
  return functionals;
}

/// The parameters that a descriptor takes, beside `name` and `functionals`.
std::vector<std::string> parameters_of(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::mel:
    case Descriptor::mel_db: return {"n_mels", "fmin", "fmax"};
    case Descriptor::mfcc: return {"n_mfcc", "n_mels", "fmin", "fmax"};
    case Descriptor::contrast: return {"fmin", "n_bands", "quantile"};
    case Descriptor::rolloff: return {"roll_percent"};
    default: return {};
  }
}

int usual_rows(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::poly: return 2;
    case Descriptor::mel:
    case Descriptor::mel_db: return features::kMelRows;
    case Descriptor::mfcc: return 20;
    case Descriptor::contrast: return features::kContrastRows;
    case Descriptor::chroma: return features::kChromaClasses;
    default: return 1;
  }
}

class OwnSetReader {
 public:
  explicit OwnSetReader(const config::OwnSet& set) : set_(set) {
    definition_.name = set.name;
    definition_.version = features::kOwnSetVersion;
  }

  Result<SetDefinition> read() {
    for (const auto& [key, node] : set_.fields) VOXLAKE_TRY(take(key, node));
    if (descriptors_ == nullptr) {
      return wrong("the feature set `" + set_.name + "` has no descriptors", set_.place, R"(give a list as descriptors = ["zcr", "mfcc"])");
    }
    if (definition_.frame_is_window && given_hop_) {
      return wrong("the feature set `" + set_.name + "` has a `hop_length`, but each window is one frame", set_.place, "leave it out");
    }
    for (const Node& each : *descriptors_) VOXLAKE_TRY(add(each));
    VOXLAKE_TRY(finish_deltas());
    return check_size();
  }

 private:
  Status take(const std::string& key, const Node& node) {
    if (key == "frame_length") return take_frame(node);
    if (key == "hop_length") {
      VOXLAKE_ASSIGN(const int64_t hop, whole_number(node, "`hop_length`", 16, longest_frame));
      definition_.framing.hop_samples = static_cast<int32_t>(hop);
      given_hop_ = true;
      return {};
    }
    if (key == "window") return take_window(node);
    if (key == "center") {
      const auto* centred = node.as<bool>();
      if (centred == nullptr) return wrong("`center` is neither true nor false", node.place, "give one of them");
      definition_.framing.centred = *centred;
      return {};
    }
    if (key == "functionals") {
      VOXLAKE_ASSIGN(functionals_, functionals_of(node));
      return {};
    }
    if (key == "pitch") return take_pitch(node);
    if (key == "descriptors") {
      descriptors_ = node.as<Node::List>();
      if (descriptors_ != nullptr && !descriptors_->empty()) return {};
      return wrong("`descriptors` is not a list with something in it", node.place,
                   R"(give a list as ["zcr", { name = "mfcc", n_mfcc = 13 }])");
    }
    return unknown("key of the feature set `" + set_.name + "`:", key, node.place,
                   {"rate", "frame_length", "hop_length", "window", "center", "functionals", "pitch", "descriptors"});
  }

  Status take_frame(const Node& node) {
    const auto* word = node.as<std::string>();
    if (word != nullptr && *word == "window") {
      definition_.frame_is_window = true;
      return {};
    }
    const auto* samples = node.as<int64_t>();
    if (samples == nullptr || *samples < 16 || *samples > longest_frame || *samples % 2 != 0) {
      return wrong("`frame_length` cannot be that", node.place,
                   "give an even number of samples from 16 to " + std::to_string(longest_frame) +
                       R"(, or "window" for one frame as long as the window)");
    }
    definition_.framing.frame_samples = static_cast<int32_t>(*samples);
    return {};
  }

  Status take_window(const Node& node) {
    const std::vector<std::string> names = {"hann", "hamming", "blackman", "boxcar"};
    const auto* name = node.as<std::string>();
    if (name == nullptr) return wrong("`window` is not a name", node.place, "there are: " + list_of(names));
    const auto found = std::find(names.begin(), names.end(), *name);
    if (found == names.end()) return unknown("window", *name, node.place, names);
    definition_.framing.taper = static_cast<features::Taper>(found - names.begin());
    return {};
  }

  Status take_pitch(const Node& node) {
    const auto* table = node.as<Node::Table>();
    if (table == nullptr) return wrong("`pitch` is not a table", node.place, "give one as { fmin = 65, fmax = 500 }");
    for (const auto& [key, value] : *table) {
      const std::string what = "`" + key + "` of the pitch";
      if (key == "fmin") {
        VOXLAKE_ASSIGN(definition_.pitch.fmin, number(value, what, 1, 24000));
      } else if (key == "fmax") {
        VOXLAKE_ASSIGN(definition_.pitch.fmax, number(value, what, 1, 24000));
      } else if (key == "no_trough_prob") {
        VOXLAKE_ASSIGN(definition_.pitch.no_trough_prob, number(value, what, 0, 1));
      } else if (key == "frame_length") {
        VOXLAKE_ASSIGN(const int64_t samples, whole_number(value, what, 16, longest_frame));
        if (samples % 2 != 0) return wrong(what + " is odd", value.place, "give an even number of samples");
        definition_.pitch.frame_samples = static_cast<int32_t>(samples);
      } else {
        return unknown("key of the pitch", key, value.place, {"fmin", "fmax", "no_trough_prob", "frame_length"});
      }
    }
    return {};
  }

  /// A descriptor by its name alone, or a table with its parameters.
  Status add(const Node& node) {
    if (const auto* name = node.as<std::string>()) {
      VOXLAKE_ASSIGN(const Descriptor descriptor, descriptor_named(*name, node.place));
      return append(descriptor, {}, node.place);
    }
    const auto* table = node.as<Node::Table>();
    const Node* named = table != nullptr ? find(*table, "name") : nullptr;
    if (named == nullptr || named->as<std::string>() == nullptr) {
      return wrong("a descriptor has no name", node.place, R"(give its name, as "zcr", or a table as { name = "mfcc", n_mfcc = 13 })");
    }
    VOXLAKE_ASSIGN(const Descriptor descriptor, descriptor_named(*named->as<std::string>(), named->place));
    return append(descriptor, *table, node.place);
  }

  static const Node* find(const Node::Table& table, std::string_view wanted) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& field) { return field.first == wanted; });
    return found == table.end() ? nullptr : &found->second;
  }

  static Result<Descriptor> descriptor_named(const std::string& name, const std::string& place) {
    const std::vector<std::string> names = descriptor_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return unknown("descriptor", name, place, names);
    return static_cast<Descriptor>(found - names.begin());
  }

  Status append(Descriptor descriptor, const Node::Table& given, const std::string& place) {
    const std::string name(features::text_of(descriptor).name);
    SetEntry entry = {descriptor, usual_rows(descriptor), functionals_};
    std::optional<uint32_t> own_functionals;
    const std::vector<std::string> known = parameters_of(descriptor);
    for (const auto& [key, value] : given) {
      if (key == "name") continue;
      if (key == "functionals") {
        VOXLAKE_ASSIGN(own_functionals, functionals_of(value));
      } else if (std::find(known.begin(), known.end(), key) == known.end()) {
        std::vector<std::string> all = known;
        all.emplace_back("functionals");
        return unknown("parameter of `" + name + "`:", key, value.place, all);
      } else {
        VOXLAKE_TRY(tune(entry, key, value));
      }
    }
    if (own_functionals) entry.functionals = *own_functionals;
    if (descriptor == Descriptor::mfcc && entry.rows > features::mel_rows_of(entry)) {
      return wrong("`n_mfcc` is above `n_mels`", place,
                   "a cosine transform has no more rows than bands: give an n_mels of at least n_mfcc");
    }
    if (definition_.frame_is_window) VOXLAKE_TRY(fit_to_one_frame(entry, own_functionals.has_value(), place));
    if (entry.functionals == 0 && (descriptor != Descriptor::mfcc || definition_.frame_is_window)) {
      return wrong("`" + name + "` has no functionals", place, "give at least one; only mfcc may have none, for the sake of its deltas");
    }
    entry.is_numbered = entry.rows > 1 || is_band_like(descriptor);
    definition_.entries.push_back(entry);
    return {};
  }

  /// Whose rows are numbered even where there is only one.
  static bool is_band_like(Descriptor descriptor) { return !parameters_of(descriptor).empty() && descriptor != Descriptor::rolloff; }

  Status tune(SetEntry& entry, const std::string& key, const Node& value) {
    const std::string what = "`" + key + "` of `" + std::string(features::text_of(entry.descriptor).name) + "`";
    features::Parameters& parameters = entry.parameters;
    const bool is_contrast = entry.descriptor == Descriptor::contrast;
    if (key == "n_mels") {
      VOXLAKE_ASSIGN(const int64_t bands, whole_number(value, what, 1, 512));
      parameters.mel_rows = static_cast<int32_t>(bands);
      if (entry.descriptor != Descriptor::mfcc) entry.rows = parameters.mel_rows;
    } else if (key == "n_mfcc") {
      VOXLAKE_ASSIGN(const int64_t rows, whole_number(value, what, 1, 512));
      entry.rows = static_cast<int>(rows);
    } else if (key == "fmin") {
      double& lowest_hz = is_contrast ? parameters.contrast.lowest_hz : parameters.lowest_hz;
      VOXLAKE_ASSIGN(lowest_hz, number(value, what, is_contrast ? 1 : 0, config::highest_rate / 2.0));
    } else if (key == "fmax") {
      VOXLAKE_ASSIGN(parameters.highest_hz, number(value, what, 1, config::highest_rate / 2.0));
    } else if (key == "n_bands") {
      VOXLAKE_ASSIGN(const int64_t bands, whole_number(value, what, 1, 16));
      parameters.contrast.octaves = static_cast<int32_t>(bands);
      entry.rows = static_cast<int>(bands) + 1;
    } else if (key == "quantile") {
      VOXLAKE_ASSIGN(parameters.contrast.quantile, number(value, what, 0.001, 1));
    } else {
      VOXLAKE_ASSIGN(parameters.rolloff, number(value, what, 0.001, 0.999));
    }
    return {};
  }

  /// What has one value keeps it, as its mean; what has several rows is summarised across them.
  Status fit_to_one_frame(SetEntry& entry, bool has_own_functionals, const std::string& place) const {
    if (entry.descriptor == Descriptor::signal) return {};
    if (entry.rows > 2 || is_band_like(entry.descriptor)) {
      entry.across_rows = true;
      return {};
    }
    const uint32_t mean = features::bit_of(features::Functional::mean);
    if (has_own_functionals && entry.functionals != mean) {
      return wrong("`" + std::string(features::text_of(entry.descriptor).name) + "` has one value in a window that is one frame", place,
                   R"(leave its functionals out, or give ["mean"])");
    }
    entry.functionals = mean;
    return {};
  }

  /// Deltas have the rows of the mfcc that they are taken of.
  Status finish_deltas() {
    const auto mfcc = std::find_if(definition_.entries.begin(), definition_.entries.end(),
                                   [](const SetEntry& entry) { return entry.descriptor == Descriptor::mfcc; });
    for (SetEntry& entry : definition_.entries) {
      if (entry.descriptor != Descriptor::mfcc_delta && entry.descriptor != Descriptor::mfcc_delta2) continue;
      if (mfcc != definition_.entries.end()) entry.rows = mfcc->rows;
      entry.is_numbered = true;
    }
    return {};
  }

  Result<SetDefinition> check_size() {
    int64_t columns = 0;
    for (const SetEntry& entry : definition_.entries) {
      columns += static_cast<int64_t>(entry.across_rows ? 1 : entry.rows) * __builtin_popcount(entry.functionals);
    }
    if (columns >= 1 && columns <= most_columns) return std::move(definition_);
    return wrong("the feature set `" + set_.name + "` would have " + std::to_string(columns) + " columns", set_.place,
                 "choose descriptors and functionals that give from 1 to " + std::to_string(most_columns));
  }

  const config::OwnSet& set_;
  SetDefinition definition_;
  uint32_t functionals_ = features::kAllFunctionals;
  const Node::List* descriptors_ = nullptr;
  bool given_hop_ = false;
};

Result<features::Windowing> windowing(const std::string& name) {
  if (name == "sliding") return features::Windowing::sliding;
  if (name == "session") return features::Windowing::session;
  if (name == "whole") return features::Windowing::whole;
  return failure(ErrorKind::invalid_argument, "features.windows is `" + name + "`", "choose sliding, session or whole");
}

bool is_built_in(const std::string& name) {
  const auto names = features::FeatureSet::names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<SetDefinition> own_definition(const config::OwnSet& set) {
  if (is_built_in(set.name)) {
    return wrong("the feature set `" + set.name + "` is the program's own", set.place, "give yours another name");
  }
  return OwnSetReader(set).read();
}

Result<features::FeatureOptions> feature_options(const config::Settings& settings) {
  features::FeatureOptions options;
  options.set = settings.features_set;
  options.rate = sample_rate(settings);
  VOXLAKE_ASSIGN(options.windows.kind, windowing(settings.windows));
  options.windows.length_seconds = settings.window_seconds;
  options.windows.hop_seconds = settings.hop_seconds;
  options.windows.gap_seconds = settings.gap_seconds;
  return options;
}

Result<std::shared_ptr<const features::FeatureSet>> make_feature_set(const config::Settings& settings) {
  VOXLAKE_ASSIGN(const auto options, feature_options(settings));
  for (const config::OwnSet& own : settings.own_sets) {
    VOXLAKE_ASSIGN(const auto definition, own_definition(own));
    if (own.name != settings.features_set) continue;
    auto set = features::FeatureSet::create(definition, options);
    if (!set) return wrong(set.error().message, own.place, set.error().remedy);
    return set;
  }
  if (!is_built_in(settings.features_set)) {
    const std::vector<std::string> names = set_names(settings);
    const std::string near = config::nearest(settings.features_set, names);
    return failure(ErrorKind::invalid_argument, "there is no feature set \"" + settings.features_set + "\"",
                   (near.empty() ? "" : "did you mean \"" + near + "\"? ") + std::string("The sets are: ") + list_of(names));
  }
  return features::FeatureSet::create(options);
}

int32_t sample_rate(const config::Settings& settings) {
  for (const config::OwnSet& own : settings.own_sets) {
    if (own.name == settings.features_set) return static_cast<int32_t>(own.rate);
  }
  return features::FeatureOptions().rate;
}

std::vector<std::string> set_names(const config::Settings& settings) {
  std::vector<std::string> names = features::FeatureSet::names();
  for (const config::OwnSet& own : settings.own_sets) names.push_back(own.name);
  return names;
}

}  // namespace voxlake::pipeline
