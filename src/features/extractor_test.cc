#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "features/feature_set.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

class Features {
 public:
  Features(const FeatureOptions& options, std::span<const float> signal) : set_(*FeatureSet::create(options)) {
    EXPECT_TRUE(Extractor(set_).compute(signal, features_));
  }
  float get(const std::string& column, std::size_t window = 0) const {
    const auto found = std::find(set_->columns().begin(), set_->columns().end(), column);
    EXPECT_NE(found, set_->columns().end()) << column;
    return features_.values[(found - set_->columns().begin()) * features_.windows.size() + window];
  }
  std::vector<float> window(std::size_t index) const {
    std::vector<float> values;
    for (std::size_t i = index; i < features_.values.size(); i += features_.windows.size()) values.push_back(features_.values[i]);
    return values;
  }
  const WindowFeatures& all() const { return features_; }

 private:
  std::shared_ptr<const FeatureSet> set_;
  WindowFeatures features_;
};

FeatureOptions with_set(const std::string& name, Windowing windowing = Windowing::sliding) {
  FeatureOptions options;
  options.set = name;
  options.windows.kind = windowing;
  return options;
}

std::vector<float> tone(double hertz, double seconds, double amplitude = 0.5) {
  std::vector<float> signal(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t i = 0; i < signal.size(); ++i) {
    signal[i] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 16000));
  }
  return signal;
}

TEST(ExtractorTest, AnEmptySignalIsAnError) {
  WindowFeatures features;
  const Status status = Extractor(*FeatureSet::create({})).compute({}, features);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::invalid_argument);
}

TEST(ExtractorTest, NanAndInfinityAreErrorsThatNameTheSample) {
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    std::vector<float> signal(1000);
    signal[777] = bad;
    WindowFeatures features;
    const Status status = Extractor(*FeatureSet::create({})).compute(signal, features);
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find("sample 777"), std::string::npos);
  }
}

TEST(ExtractorTest, EveryLengthFromOneSampleOnIsDescribed) {
  for (const std::string& name : FeatureSet::names()) {
    for (const std::size_t samples : {1, 2, 3, 5, 100, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4999, 5000, 48000, 48001}) {
      const std::vector<float> signal = noise_signal(samples, 1);
      const Features features(with_set(name), signal);
      EXPECT_EQ(features.all().windows.size(), 1U);
      EXPECT_EQ(features.get("signal_max"), *std::max_element(signal.begin(), signal.end()));
      for (const float value : features.all().values) EXPECT_FALSE(std::isinf(value));
    }
  }
}

TEST(ExtractorTest, TheScratchOfOneUtteranceDoesNotReachTheNext) {
  const auto set = *FeatureSet::create(with_set("spectral"));
  Extractor used(set);
  WindowFeatures features;
  ASSERT_TRUE(used.compute(noise_signal(150000, 1), features));
  ASSERT_TRUE(used.compute(noise_signal(3000, 2, 1.7F), features));
  ASSERT_TRUE(used.compute(noise_signal(70000, 3), features));
  WindowFeatures fresh;
  ASSERT_TRUE(Extractor(set).compute(noise_signal(70000, 3), fresh));
  ASSERT_EQ(features.values.size(), fresh.values.size());
  EXPECT_EQ(std::memcmp(features.values.data(), fresh.values.data(), fresh.values.size() * sizeof(float)), 0);
}

TEST(ExtractorTest, ALongUtteranceIsDescribedLikeAShortOne) {
  // Beyond 65 s the tiles are computed twice instead of being kept. The windows of both must not differ, where they hear the same.
  std::vector<float> signal = noise_signal(70 * 16000, 1, 0.1F);
  for (std::size_t i = 0; i < 16000; ++i) signal[16000 + i] *= 5;  // the maximum, in both
  const std::span<const float> all = signal;
  const Features longer(with_set("librosa-full"), all);
  const Features shorter(with_set("librosa-full"), all.first(60 * 16000));
  ASSERT_EQ(longer.all().windows.size(), 68U);
  ASSERT_EQ(shorter.all().windows.size(), 58U);
  for (std::size_t window = 0; window < 57; ++window) {
    const std::vector<float> a = longer.window(window);
    const std::vector<float> b = shorter.window(window);
    ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << window;
  }
}

TEST(ExtractorTest, InPiecesTheNumbersAreTheSame) {
  std::vector<float> signal = noise_signal(80 * 16000, 1, 0.1F);
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] *= i / 16000 % 5 == 4 ? 0.001F : 1.0F;  // so that sessions end
  for (const char* name : {"spectral", "librosa-full", "classic"}) {
    for (const Windowing kind : {Windowing::sliding, Windowing::session}) {
      FeatureOptions options = with_set(name);
      options.windows.kind = kind;
      const auto set = FeatureSet::create(options);
      if (!set) continue;
      Extractor extractor(*set);
      WindowFeatures whole;
      ASSERT_TRUE(extractor.compute(signal, whole));
      const std::size_t columns = (*set)->columns().size();
      int passed = 0;
      std::size_t first = 0;
      const auto take = [&](WindowFeatures& piece) -> Status {
        const std::size_t count = piece.windows.size();
        EXPECT_LE(count, std::string(name) == "classic" ? whole.windows.size() : 7U);
        for (std::size_t i = 0; i < count; ++i) {
          EXPECT_EQ(piece.windows[i].index, static_cast<int32_t>(first + i));
          for (std::size_t column = 0; column < columns; ++column) {
            const float& one = piece.values[column * count + i];
            const float& other = whole.values[column * whole.windows.size() + first + i];
            EXPECT_EQ(std::memcmp(&one, &other, sizeof one), 0) << name << " " << column;
          }
        }
        first += count;
        return {};
      };
      ASSERT_TRUE(extractor.compute(signal, {7, [&] { ++passed; }}, take));
      EXPECT_EQ(first, whole.windows.size());
      EXPECT_GE(passed, 2) << "twice in a reading of 1.28 million samples, of which there is at least one";
      const Status stopped = extractor.compute(signal, {7, {}}, [](WindowFeatures&) -> Status { return failure(ErrorKind::io, "full"); });
      ASSERT_FALSE(stopped);
      EXPECT_EQ(stopped.error().message, "full");
    }
  }
}

TEST(ExtractorTest, AGainOfAPowerOfTwoMovesWhatItShould) {
  const std::vector<float> signal = noise_signal(60000, 4, 0.25F);
  std::vector<float> louder = signal;
  for (float& x : louder) x *= 4;
  const Features before(with_set("spectral"), signal);
  const Features after(with_set("spectral"), louder);
  for (const char* same : {"zcr_mean", "centroid_mean", "bandwidth_std", "rolloff_median", "contrast_03_mean", "signal_kurtosis"}) {
    EXPECT_NEAR(after.get(same), before.get(same), 1e-5 * std::abs(before.get(same))) << same;
  }
  EXPECT_EQ(after.get("rms_mean"), 4 * before.get("rms_mean"));
  EXPECT_EQ(after.get("poly_01_std"), 4 * before.get("poly_01_std"));
  // The first coefficient is the mean level times sqrt(128).
  EXPECT_NEAR(after.get("mfcc_00_mean") - before.get("mfcc_00_mean"), 20 * std::log10(4.0) * std::sqrt(128.0), 1e-3);
  EXPECT_NEAR(after.get("mfcc_05_mean"), before.get("mfcc_05_mean"), 1e-3);
}

TEST(ExtractorTest, AToneIsFoundWhereItIs) {
  const Features features(with_set("spectral"), tone(220, 3.5));
  EXPECT_NEAR(features.get("f0_median"), 220, 1.5);
  EXPECT_GT(features.get("f0_voiced_share"), 0.9F);
  EXPECT_NEAR(features.get("f0_semitones_median"), 12 * std::log2(2.2), 0.1) << "pitch comes in tenths of a semitone";
  EXPECT_LT(features.get("f0_semitones_std"), 0.1F);
  EXPECT_GT(features.get("voicing_mean"), 0.9F);
  EXPECT_GT(features.get("hnr_median"), 15);
  EXPECT_LT(features.get("aperiodicity_median"), 0.05F);
  EXPECT_NEAR(features.get("zcr_median"), 440.0 / 16000, 1e-3);
  EXPECT_NEAR(features.get("centroid_median"), 220, 10);
  EXPECT_GT(features.get("chroma_09_mean"), 0.95F) << "220 Hz is an A";
}

TEST(ExtractorTest, WithoutAVoicedFrameWhatIsSaidOfVoicedFramesIsUndefined) {
  const Features features(with_set("spectral"), std::vector<float>(50000));
  for (const char* column : {"f0_mean", "f0_std", "f0_semitones_median", "f0_semitones_iqr", "hnr_mean", "hnr_median"}) {
    EXPECT_TRUE(std::isnan(features.get(column))) << column;
  }
  EXPECT_EQ(features.get("f0_voiced_share"), 0);
  EXPECT_EQ(features.get("voicing_mean"), 0);
  EXPECT_EQ(features.get("aperiodicity_median"), 1);
}

TEST(ExtractorTest, UnderNineFramesThereAreNoDeltas) {
  const Features eight(with_set("spectral"), noise_signal(8 * 512 - 1, 1));
  EXPECT_TRUE(std::isnan(eight.get("mfcc_delta_00_mean")));
  EXPECT_TRUE(std::isnan(eight.get("mfcc_delta2_19_std")));
  EXPECT_FALSE(std::isnan(eight.get("mfcc_19_mean")));
  const Features nine(with_set("spectral"), noise_signal(8 * 512, 1));
  EXPECT_FALSE(std::isnan(nine.get("mfcc_delta_00_mean")));
}

TEST(ExtractorTest, DecibelsReferToTheUtteranceNotToTheWindow) {
  std::vector<float> signal = noise_signal(5 * 16000, 1, 0.001F);
  for (std::size_t i = 0; i < 8000; ++i) signal[i] *= 500;
  const Features features(with_set("librosa-full"), signal);
  EXPECT_NEAR(features.get("mel_db_40_max", 0), 0, 10);
  EXPECT_LT(features.get("mel_db_40_max", 2), -40);
}

TEST(ExtractorTest, SessionsAndWholeClipsAreDescribed) {
  std::vector<float> signal = tone(200, 1);
  signal.resize(32000, 0.0F);
  const std::vector<float> second = tone(300, 1);
  signal.insert(signal.end(), second.begin(), second.end());
  const Features sessions(with_set("spectral", Windowing::session), signal);
  ASSERT_EQ(sessions.all().windows.size(), 2U);
  EXPECT_NEAR(sessions.get("f0_median", 0), 200, 2);
  EXPECT_NEAR(sessions.get("f0_median", 1), 300, 3);
  const Features whole(with_set("spectral", Windowing::whole), signal);
  ASSERT_EQ(whole.all().windows.size(), 1U);
  EXPECT_EQ(whole.get("signal_mode"), 0);
}

TEST(ExtractorTest, OtherRatesAreDescribed) {
  for (const int32_t rate : {22050, 44100, 48000}) {
    FeatureOptions options = with_set("spectral");
    options.rate = rate;
    const Features features(options, noise_signal(4 * rate, 1));
    EXPECT_EQ(features.all().windows.size(), 2U);
    EXPECT_NEAR(features.get("centroid_mean"), rate / 4.0, rate / 100.0) << "white noise is centred in the middle";
  }
}

}  // namespace
}  // namespace voxlake::features
