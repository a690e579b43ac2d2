// The same bits whatever computes them: any level of the processor, any thread, any order of calls, any neighbours among the windows.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <thread>

#include "features/feature_set.h"
#include "features/golden_test_support.h"
#include "features/plan.h"

namespace voxlake::features {
namespace {

/// Speech, tones, noise, silence; long and short; none of which a level may see otherwise than another.
const std::map<std::string, std::vector<float>>& signals() {
  static const auto kSignals = [] {
    std::map<std::string, std::vector<float>> found;
    const auto golden = read_golden("signals.records");
    for (const char* name : {"speech", "chirp", "silence", "constant", "impulse", "clipped", "burst", "long", "noise1", "noise513"}) {
      found[name] = golden_signal(golden, name);
    }
    found["faint"] = noise_signal(9000, 3, 1e-6F);
    found["huge"] = noise_signal(9000, 3, 1e6F);
    // Longer than the tiles that are kept: they are computed twice.
    std::vector<float>& hum = found["hum"] = noise_signal(std::size_t{68} * 16000, 5, 0.1F);
    for (std::size_t i = 0; i < hum.size(); ++i) {
      const double second = static_cast<double>(i) / 16000;
      hum[i] += static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * (140 + 5 * std::sin(second)) * second));
    }
    return found;
  }();
  return kSignals;
}

FeatureOptions options_of(std::string_view set, Windowing windowing = Windowing::sliding, int32_t rate = 16000) {
  FeatureOptions options;
  options.set = set;
  options.rate = rate;
  options.windows.kind = windowing;
  options.windows.length_seconds = 2;
  options.windows.hop_seconds = 0.5;
  return options;
}

WindowFeatures describe(Extractor& extractor, std::span<const float> signal) {
  WindowFeatures features;
  EXPECT_TRUE(extractor.compute(signal, features));
  return features;
}

WindowFeatures describe(const std::shared_ptr<const FeatureSet>& set, std::span<const float> signal) {
  Extractor extractor(set);
  return describe(extractor, signal);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(DeterminismTest, EveryLevelOfTheProcessorGivesTheSameBitsOfEveryColumn) {
  int levels = 0;
  for (const SetDefinition& definition : set_definitions()) {
    for (const int32_t rate : {16000, 22050, 48000}) {
      const FeatureOptions options = options_of(definition.name, Windowing::sliding, rate);
      const auto plain = *FeatureSet::create(definition, options, kernels::portable_kernels());
      for (const auto level : {kernels::Level::avx2, kernels::Level::avx512}) {
        const kernels::Kernels* fast = kernels::find_kernels(level);
        if (fast == nullptr) continue;
        ++levels;
        const auto set = *FeatureSet::create(definition, options, *fast);
        for (const auto& [name, signal] : signals()) {
          if (rate != 16000 && signal.size() > 20000) continue;
          EXPECT_TRUE(same_bits(describe(plain, signal).values, describe(set, signal).values))
              << definition.name << " at " << rate << " Hz by " << kernels::to_string(level) << ": " << name;
        }
      }
    }
  }
  if (levels == 0) GTEST_SKIP() << "this processor has the portable level only";
}

TEST(DeterminismTest, ThreadsAtOnceGiveTheBitsOfOneAlone) {
  for (const std::string& name : FeatureSet::names()) {
    const auto set = *FeatureSet::create(options_of(name));
    std::map<std::string, std::vector<float>> alone;
    for (const auto& [signal_name, signal] : signals()) alone[signal_name] = describe(set, signal).values;
    std::vector<int> different(3);
    {
      std::vector<std::jthread> threads;
      for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&, thread] {
          Extractor extractor(set);
          // Each begins with another signal, so that their scratch has seen others before.
          auto signal = std::next(signals().begin(), thread * 3);
          for (std::size_t i = 0; i < signals().size(); ++i) {
            if (!same_bits(describe(extractor, signal->second).values, alone[signal->first])) ++different[thread];
            if (++signal == signals().end()) signal = signals().begin();
          }
        });
      }
    }
    EXPECT_EQ(different, std::vector<int>(3)) << name;
  }
}

TEST(DeterminismTest, WhatWasDescribedBeforeDoesNotMatter) {
  for (const std::string& name : FeatureSet::names()) {
    for (const Windowing windowing : {Windowing::sliding, Windowing::session, Windowing::whole}) {
      const auto set = *FeatureSet::create(options_of(name, windowing));
      std::map<std::string, std::vector<float>> fresh;
      for (const auto& [signal_name, signal] : signals()) {
        if (signal.size() < 100000) fresh[signal_name] = describe(set, signal).values;
      }
      Extractor used(set);
      WindowFeatures features;
      for (const char* before : {"long", "silence", "noise1"}) {
        for (const auto& [after, expected] : fresh) {
          ASSERT_TRUE(used.compute(signals().at(before), features));
          ASSERT_FALSE(used.compute({}, features)) << "a refused call leaves nothing behind either";
          ASSERT_TRUE(used.compute(signals().at(after), features));
          EXPECT_TRUE(same_bits(features.values, expected)) << name << ": " << after << " after " << before;
        }
      }
    }
  }
}

TEST(DeterminismTest, AWindowIsTheSameWhateverWindowsAreAskedForBesideIt) {
  for (const std::string& name : FeatureSet::names()) {
    for (const char* signal_name : {"long", "hum"}) {
      FeatureOptions options = options_of(name);
      const auto dense = describe(*FeatureSet::create(options), signals().at(signal_name));
      options.windows.hop_seconds = 1.5;
      const auto sparse = describe(*FeatureSet::create(options), signals().at(signal_name));
      const std::size_t columns = dense.values.size() / dense.windows.size();
      ASSERT_GE(sparse.windows.size(), 2U);
      ASSERT_EQ(sparse.values.size(), columns * sparse.windows.size());
      int different = 0;
      for (std::size_t window = 0; window < sparse.windows.size(); ++window) {
        ASSERT_EQ(sparse.windows[window].start_seconds, dense.windows[3 * window].start_seconds);
        for (std::size_t column = 0; column < columns; ++column) {
          const float* one = &sparse.values[column * sparse.windows.size() + window];
          const float* other = &dense.values[column * dense.windows.size() + 3 * window];
          different += std::memcmp(one, other, sizeof *one) == 0 ? 0 : 1;
        }
      }
      EXPECT_EQ(different, 0) << name << " of " << signal_name;
    }
  }
}

}  // namespace
}  // namespace voxlake::features
