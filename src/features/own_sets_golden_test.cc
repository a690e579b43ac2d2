// Sets with framings and parameters of their own against librosa 0.11, numpy and scipy (tests/golden/make_sets.py).

#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "features/feature_set.h"
#include "features/golden_comparison_test_support.h"
#include "features/golden_test_support.h"
#include "features/kernels.h"
#include "features/set_definition.h"

namespace voxlake::features {
namespace {

constexpr uint32_t kEveryFunctional = (1U << kNamedFunctionals) - 1;

SetEntry entry(Descriptor descriptor, int rows = 1, const Parameters& parameters = {}) {
  return {descriptor, rows, kEveryFunctional, rows > 1, false, parameters};
}

Parameters mel_bands(int32_t rows, double lowest_hz = 0, double highest_hz = 0) {
  Parameters parameters;
  parameters.mel_rows = rows;
  parameters.lowest_hz = lowest_hz;
  parameters.highest_hz = highest_hz;
  return parameters;
}

Parameters rolloff_at(double share) {
  Parameters parameters;
  parameters.rolloff = share;
  return parameters;
}

Parameters contrast_of(const ContrastOptions& options) {
  Parameters parameters;
  parameters.contrast = options;
  return parameters;
}

/// With what all of them have.
SetDefinition definition_of(const std::string& name, const Framing& framing, std::vector<SetEntry> more) {
  SetDefinition definition = {name, 1, std::move(more), false, framing, {}};
  definition.entries.insert(definition.entries.begin(),
                            {entry(Descriptor::signal), entry(Descriptor::zcr), entry(Descriptor::rms), entry(Descriptor::poly, 2)});
  for (const Descriptor each : {Descriptor::centroid, Descriptor::bandwidth, Descriptor::flatness})
    definition.entries.push_back(entry(each));
  definition.entries.push_back(entry(Descriptor::chroma, kChromaClasses));
  return definition;
}

struct OwnSet {
  SetDefinition definition;
  int32_t rate;
};

std::map<std::string, OwnSet> own_sets() {
  std::map<std::string, OwnSet> sets;
  const auto add = [&](const std::string& name, int32_t rate, const Framing& framing, std::vector<SetEntry> more) {
    sets[name] = {definition_of(name, framing, std::move(more)), rate};
  };
  add("narrow", 16000, {400, 160, Taper::hann, true},
      {entry(Descriptor::mel, 40, mel_bands(40, 20, 7600)), entry(Descriptor::mel_db, 23, mel_bands(23)),
       entry(Descriptor::mfcc, 13, mel_bands(40)), entry(Descriptor::mfcc_delta, 13), entry(Descriptor::mfcc_delta2, 13),
       entry(Descriptor::contrast, 6, contrast_of({200, 5, 0.02})), entry(Descriptor::rolloff, 1, rolloff_at(0.5)), entry(Descriptor::f0),
       entry(Descriptor::voicing)});
  sets["narrow"].definition.pitch = {80, 400, 0.01, 1024};
  add("wide", 44100, {4096, 1024, Taper::hamming, true},
      {entry(Descriptor::mel, 12, mel_bands(12)), entry(Descriptor::mel_db, 12, mel_bands(12)), entry(Descriptor::mfcc, 6, mel_bands(64)),
       entry(Descriptor::contrast, 7, contrast_of({200, 6, 0.1})), entry(Descriptor::rolloff)});
  add("inside", 22050, {1024, 256, Taper::blackman, false},
      {entry(Descriptor::mel, 10, mel_bands(10, 100)), entry(Descriptor::mfcc, 23, mel_bands(23)), entry(Descriptor::contrast, 7),
       entry(Descriptor::rolloff, 1, rolloff_at(0.95))});
  add("telephone", 8000, {256, 80, Taper::rectangular, true},
      {entry(Descriptor::mel_db, 20, mel_bands(20, 0, 3800)), entry(Descriptor::mfcc, 8, mel_bands(26)),
       entry(Descriptor::contrast, 5, contrast_of({150, 4, 0.02})), entry(Descriptor::rolloff)});
  add("studio", 48000, {2048, 480, Taper::hann, true},
      {entry(Descriptor::mfcc, 4, mel_bands(128)), entry(Descriptor::contrast, 7), entry(Descriptor::rolloff)});
  add("usual", 16000, {},
      {entry(Descriptor::mel, 9, mel_bands(9, 0, 4000)), entry(Descriptor::mel_db, 7, mel_bands(7)),
       entry(Descriptor::mfcc, 5, mel_bands(41)), entry(Descriptor::contrast, 7, contrast_of({200, 6, 0.2})),
       entry(Descriptor::rolloff, 1, rolloff_at(0.25))});
  return sets;
}

std::vector<std::string> rows_of(const std::string& set) {
  std::ifstream file(VOXLAKE_SOURCE_DIR "/tests/golden/features/own_rows.txt");
  std::vector<std::string> rows;
  std::string its_set;
  std::string row;
  while (file >> its_set >> row) {
    if (its_set == set) rows.push_back(row);
  }
  return rows;
}

/// `mfcc_delta` of `mfcc_delta_03`.
std::string descriptor_of(const std::string& row) {
  const bool is_numbered = row.size() > 3 && std::isdigit(row.back()) != 0 && row[row.size() - 3] == '_';
  return is_numbered ? row.substr(0, row.size() - 3) : row;
}

TEST(OwnSetsGoldenTest, EveryWindowIsLibrosasWithinItsTolerance) {
  const auto signals = read_golden("signals.records");
  const auto sets = own_sets();
  int compared = 0;
  for (const auto& [key, record] : read_golden("own.records")) {
    SCOPED_TRACE(key);
    std::istringstream text(key);
    std::string part[4];
    for (std::string& each : part) std::getline(text, each, '/');
    FeatureOptions options;
    options.rate = sets.at(part[0]).rate;
    options.windows.kind = part[2] == "0" ? Windowing::whole : Windowing::sliding;
    options.windows.length_seconds = std::stod(part[2]);
    options.windows.hop_seconds = std::stod(part[3]);
    const auto set = FeatureSet::create(sets.at(part[0]).definition, options);
    ASSERT_TRUE(set) << set.error().to_string();
    std::map<std::string, std::size_t> column_of;
    for (std::size_t i = 0; i < (*set)->columns().size(); ++i) column_of[(*set)->columns()[i]] = i;
    WindowFeatures features;
    ASSERT_TRUE(Extractor(*set).compute(golden_signal(signals, part[1]), features));
    const auto rows = rows_of(part[0]);
    ASSERT_EQ(features.windows.size(), record.rows);
    ASSERT_EQ(record.columns, rows.size() * kNamedFunctionals);
    for (std::size_t window = 0; window < record.rows; ++window) {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const double* golden = record.values.data() + window * record.columns + row * kNamedFunctionals;
        for (int i = 0; i < kNamedFunctionals; ++i) {
          const std::string name = rows[row] + "_" + std::string(to_string(static_cast<Functional>(i)));
          SCOPED_TRACE(name);
          ASSERT_TRUE(column_of.contains(name));
          const double ours = features.values[column_of[name] * features.windows.size() + window];
          ++compared;
          if (std::isnan(golden[0])) {
            EXPECT_TRUE(std::isnan(ours));
            continue;
          }
          WindowComparison(descriptor_of(rows[row]), golden).expect(static_cast<Functional>(i), ours);
        }
      }
    }
  }
  EXPECT_GT(compared, 15000);
}

std::vector<float> values_of(const std::shared_ptr<const FeatureSet>& set, std::span<const float> signal) {
  WindowFeatures features;
  EXPECT_TRUE(Extractor(set).compute(signal, features));
  return features.values;
}

TEST(OwnSetsTest, ASetThatSpellsOutABuiltInOneHasItsBits) {
  const std::vector<float> signal = noise_signal(70000, 5);
  for (const SetDefinition& built_in : set_definitions()) {
    FeatureOptions options;
    options.set = built_in.name;
    const auto expected = *FeatureSet::create(options);
    SetDefinition own = built_in;
    own.name = "mine";
    for (SetEntry& each : own.entries) each.parameters.mel_rows = each.descriptor == Descriptor::mfcc ? 128 : 90;
    const auto spelt_out = *FeatureSet::create(own, options);
    EXPECT_EQ(spelt_out->columns(), expected->columns());
    const auto ours = values_of(spelt_out, signal);
    const auto theirs = values_of(expected, signal);
    ASSERT_EQ(ours.size(), theirs.size());
    EXPECT_EQ(std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(float)), 0) << built_in.name;
  }
}

TEST(OwnSetsTest, EveryLevelOfTheProcessorGivesTheSameBits) {
  const std::vector<float> signal = noise_signal(30000, 6);
  for (const auto& [name, own] : own_sets()) {
    FeatureOptions options;
    options.rate = own.rate;
    options.windows.length_seconds = 0.5;
    options.windows.hop_seconds = 0.3;
    const auto portable = *FeatureSet::create(own.definition, options, *kernels::find_kernels(kernels::Level::portable));
    const auto expected = values_of(portable, signal);
    for (const kernels::Level level : {kernels::Level::avx2, kernels::Level::avx512}) {
      if (kernels::find_kernels(level) == nullptr) continue;
      const auto ours = values_of(*FeatureSet::create(own.definition, options, *kernels::find_kernels(level)), signal);
      ASSERT_EQ(ours.size(), expected.size());
      EXPECT_EQ(std::memcmp(ours.data(), expected.data(), ours.size() * sizeof(float)), 0) << name;
    }
  }
}

TEST(OwnSetsTest, TheFingerprintTellsEveryParameterApart) {
  std::set<std::string> fingerprints;
  const SetDefinition plain = definition_of("mine", {},
                                            {entry(Descriptor::mel, 40, mel_bands(40)), entry(Descriptor::mfcc, 13),
                                             entry(Descriptor::contrast, 7), entry(Descriptor::rolloff), entry(Descriptor::f0)});
  std::vector<SetDefinition> definitions = {plain};
  const auto change = [&](const auto& apply) { apply(definitions.emplace_back(plain)); };
  const auto tune = [&](Descriptor descriptor, const auto& apply) {
    change([&](SetDefinition& set) {
      for (SetEntry& each : set.entries) {
        if (each.descriptor == descriptor) apply(each);
      }
    });
  };
  change([](SetDefinition& set) { set.framing.frame_samples = 1024; });
  change([](SetDefinition& set) { set.framing.hop_samples = 256; });
  change([](SetDefinition& set) { set.framing.taper = Taper::hamming; });
  change([](SetDefinition& set) { set.pitch.fmin = 60; });
  change([](SetDefinition& set) { set.pitch.fmax = 600; });
  change([](SetDefinition& set) { set.pitch.no_trough_prob = 0.01; });
  change([](SetDefinition& set) { set.pitch.frame_samples = 4096; });
  change([](SetDefinition& set) { set.entries.pop_back(); });
  change([](SetDefinition& set) { ++set.version; });
  tune(Descriptor::mel, [](SetEntry& each) { each.rows = each.parameters.mel_rows = 41; });
  tune(Descriptor::mel, [](SetEntry& each) { each.parameters.lowest_hz = 20; });
  tune(Descriptor::mel, [](SetEntry& each) { each.parameters.highest_hz = 7000; });
  tune(Descriptor::mel, [](SetEntry& each) { each.functionals = 1; });
  tune(Descriptor::mfcc, [](SetEntry& each) { each.rows = 12; });
  tune(Descriptor::mfcc, [](SetEntry& each) { each.parameters.mel_rows = 40; });
  tune(Descriptor::rolloff, [](SetEntry& each) { each.parameters.rolloff = 0.5; });
  tune(Descriptor::contrast, [](SetEntry& each) { each.parameters.contrast.lowest_hz = 150; });
  tune(Descriptor::contrast, [](SetEntry& each) { each.parameters.contrast.quantile = 0.1; });
  tune(Descriptor::contrast, [](SetEntry& each) { each.rows = (each.parameters.contrast.octaves = 5) + 1; });
  for (const SetDefinition& each : definitions) fingerprints.insert((*FeatureSet::create(each, {}))->fingerprint());
  EXPECT_EQ(fingerprints.size(), definitions.size());
}

TEST(OwnSetsTest, SignalsOfAnyLengthAreDescribed) {
  for (const auto& [name, own] : own_sets()) {
    for (const auto kind : {Windowing::sliding, Windowing::session, Windowing::whole}) {
      FeatureOptions options;
      options.rate = own.rate;
      options.windows.kind = kind;
      options.windows.length_seconds = 0.1;
      options.windows.hop_seconds = 0.001;
      const auto set = *FeatureSet::create(own.definition, options);
      Extractor extractor(set);
      WindowFeatures features;
      for (const std::size_t length : {1, 2, 3, 255, 256, 257, 400, 1023, 1024, 1025, 4096, 5000}) {
        ASSERT_TRUE(extractor.compute(noise_signal(length, 7), features)) << name;
        ASSERT_FALSE(features.windows.empty());
        for (const float value : features.values) ASSERT_FALSE(std::isinf(value)) << name << " " << length;
      }
    }
  }
}

TEST(OwnSetsTest, DefinitionsThatMakeNoSenseAreRefused) {
  const auto refused = [](const SetDefinition& definition, int32_t rate, const std::string& said) {
    FeatureOptions options;
    options.rate = rate;
    const auto set = FeatureSet::create(definition, options);
    ASSERT_FALSE(set) << said;
    EXPECT_EQ(set.error().kind, ErrorKind::invalid_argument);
    EXPECT_NE(set.error().message.find(said), std::string::npos) << set.error().to_string();
    EXPECT_FALSE(set.error().remedy.empty()) << said;
  };
  refused(definition_of("mine", {}, {entry(Descriptor::contrast, 7)}), 8000, "above 6400 Hz");
  refused(definition_of("mine", {64, 32, Taper::hann, true}, {entry(Descriptor::contrast, 7)}), 16000, "holds no bin");
  refused(definition_of("mine", {}, {entry(Descriptor::mel, 9, mel_bands(9, 0, 9000))}), 16000, "bands of `mel`");
  refused(definition_of("mine", {}, {entry(Descriptor::mel, 9, mel_bands(9, 8000))}), 16000, "bands of `mel`");
  refused(definition_of("mine", {}, {entry(Descriptor::rms)}), 16000, "twice");
  refused(definition_of("mine", {}, {entry(Descriptor::mfcc_delta, 13)}), 16000, "without the mfcc");
  refused(definition_of("mine", {2048, 512, Taper::hann, false}, {entry(Descriptor::f0)}), 16000, "centred frames");
  SetDefinition low = definition_of("mine", {}, {entry(Descriptor::f0)});
  low.pitch.fmin = 5;
  refused(low, 16000, "no period of fmin");
}

}  // namespace
}  // namespace voxlake::features
