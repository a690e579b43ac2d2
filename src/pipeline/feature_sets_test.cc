#include "pipeline/feature_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "pipeline/context.h"

namespace voxlake::pipeline {
namespace {

config::Settings settings_of(const std::string& text) {
  auto resolved = config::resolve_text(text, "voxlake.toml");
  EXPECT_TRUE(resolved) << resolved.error().to_string();
  return resolved ? resolved->settings : config::Settings();
}

/// A set of one line of its own between the fixed ones.
std::string with(const std::string& line, const std::string& descriptors = R"(["zcr"])") {
  return "[features]\nset = \"mine\"\n[features.sets.mine]\n" + line + "\ndescriptors = " + descriptors + "\n";
}

std::string error_of(const std::string& text) {
  const auto resolved = config::resolve_text(text, "voxlake.toml");
  if (!resolved) return resolved.error().to_string();
  const auto set = make_feature_set(resolved->settings);
  EXPECT_FALSE(set) << text;
  return set ? "" : set.error().to_string();
}

void expect_error(const std::string& text, std::initializer_list<std::string_view> said) {
  const std::string error = error_of(text);
  for (const std::string_view word : said) EXPECT_NE(error.find(word), std::string::npos) << word << " in: " << error << "\n" << text;
}

TEST(FeatureSetsTest, AMistakeIsAnErrorThatNamesItsPlaceAndTheNearestWord) {
  expect_error(with("hop_lenght = 512"), {"hop_lenght", "voxlake.toml:4:14", "did you mean `hop_length`"});
  expect_error(with("", R"(["mffc"])"), {"unknown descriptor `mffc`", "voxlake.toml:5:16", "did you mean `mfcc`"});
  expect_error(with("", R"([{ name = "mfcc", n_mfc = 13 }])"), {"unknown parameter of `mfcc`", "n_mfc", "voxlake.toml:5", "`n_mfcc`"});
  expect_error(with("", R"([{ name = "zcr", n_mels = 13 }])"), {"unknown parameter of `zcr`"});
  expect_error(with(R"(functionals = ["meen"])"), {"unknown functional `meen`", "voxlake.toml:4:16", "did you mean `mean`"});
  expect_error(with("", R"([{ name = "zcr", functionals = ["median", "kurtosys"] }])"), {"kurtosys", "voxlake.toml:5:57", "`kurtosis`"});
  expect_error(with(R"(window = "han")"), {"unknown window `han`", "voxlake.toml:4:10", "`hann`"});
  expect_error(with("pitch = { fmin = 60, fmx = 400 }"), {"unknown key of the pitch", "fmx", "`fmax`"});
}

TEST(FeatureSetsTest, ValuesThatCannotBeAreErrorsWithTheirPlace) {
  for (const char* line : {"frame_length = 255", "frame_length = 2", "frame_length = 1000000", "frame_length = \"clip\"", "hop_length = 0",
                           "hop_length = 2.5", "center = 1", "functionals = \"some\"", "functionals = [1]", "window = 3", "pitch = 65",
                           "pitch = { fmin = nan }", "pitch = { no_trough_prob = 2 }", "pitch = { frame_length = 1001 }", "rate = 7999",
                           "rate = 48001", "rate = \"16 kHz\"", "rate = 16e3"}) {
    expect_error(with(line), {"voxlake.toml:4:"});
  }
  for (const char* descriptors : {"[]", "\"zcr\"", "[1]", "[{ n_mels = 3 }]", "[{ name = 3 }]", R"([{ name = "mel", n_mels = 0 }])",
                                  R"([{ name = "mel", n_mels = 1000 }])", R"([{ name = "mel", fmin = -1 }])",
                                  R"([{ name = "mfcc", n_mfcc = 30, n_mels = 20 }])", R"([{ name = "rolloff", roll_percent = 85 }])",
                                  R"([{ name = "contrast", quantile = 0 }])", R"([{ name = "zcr", functionals = [] }])", R"([["zcr"]])"}) {
    expect_error(with("", descriptors), {"voxlake.toml:5:"});
  }
  expect_error(with("hop_length = 512\nframe_length = \"window\""), {"hop_length", "one frame"});
}

TEST(FeatureSetsTest, WhatDoesNotFitTheRateIsAnErrorOfTheSet) {
  expect_error(with("rate = 8000", R"(["contrast"])"), {"contrast", "6400", "voxlake.toml:3:"});
  expect_error(with("rate = 8000", R"([{ name = "mel", fmax = 5000 }])"), {"mel", "4000", "voxlake.toml:3:"});
  expect_error(with("rate = 48000\npitch = { frame_length = 512 }", R"(["f0"])"), {"no period of fmin"});
  expect_error(with("center = false", R"(["f0"])"), {"centred frames"});
  expect_error(with("", R"(["mfcc_delta"])"), {"without the mfcc"});
  expect_error(with("", R"(["zcr", "zcr"])"), {"twice"});
}

TEST(FeatureSetsTest, AMistakeInAnotherSetIsAnErrorToo) {
  expect_error("[features.sets.other]\ndescriptors = [\"zrc\"]\n", {"zrc", "voxlake.toml:2:"});
}

TEST(FeatureSetsTest, ABuiltInNameCannotBeTakenAndANameMustSuitAFolder) {
  expect_error("[features.sets.spectral]\ndescriptors = [\"zcr\"]\n", {"program's own"});
  for (const char* name : {"Mine", "\"../up\"", "\"\"", "\"a b\"", "-a"}) {
    expect_error(std::string("[features.sets.") + name + "]\ndescriptors = [\"zcr\"]\n", {"cannot be named"});
  }
  expect_error("[features]\nsets = 3\n", {"not a table"});
}

TEST(FeatureSetsTest, AnUnknownSetNamesTheNearestOfBuiltInAndOwnOnes) {
  expect_error("[features]\nset = \"mien\"\n[features.sets.mine]\ndescriptors = [\"zcr\"]\n", {"did you mean \"mine\"", "librosa-full"});
  expect_error("[features]\nset = \"clasic\"\n", {"did you mean \"classic\""});
}

TEST(FeatureSetsTest, TheRateOfTheSetIsWhatClipsAreDecodedTo) {
  const auto settings = settings_of(with("rate = 22050"));
  EXPECT_EQ(decode_options(settings).rate, 22050);
  EXPECT_EQ((*make_feature_set(settings))->options().rate, 22050);
  EXPECT_EQ(decode_options(config::Settings()).rate, 16000);
}

TEST(FeatureSetsTest, ColumnsStandInTheOrderOfTheFile) {
  const auto set = *make_feature_set(settings_of(with(
      "functionals = [\"std\", \"mean\"]",
      R"(["rolloff", { name = "mfcc", n_mfcc = 2, functionals = [] }, "mfcc_delta", { name = "mel", n_mels = 1, functionals = ["sample_var"] }])")));
  EXPECT_EQ(set->columns(), (std::vector<std::string>{"rolloff_mean", "rolloff_std", "mfcc_delta_00_mean", "mfcc_delta_00_std",
                                                      "mfcc_delta_01_mean", "mfcc_delta_01_std", "mel_00_sample_var"}));
}

TEST(FeatureSetsTest, AWindowThatIsAFrameIsSummarisedAcrossItsRows) {
  const auto set = *make_feature_set(
      settings_of(with("frame_length = \"window\"\nfunctionals = [\"mean\", \"std\"]", R"(["centroid", "mel", "poly", "contrast"])")));
  EXPECT_EQ(set->columns(), (std::vector<std::string>{"centroid_mean", "mel_mean", "mel_std", "poly_00_mean", "poly_01_mean",
                                                      "contrast_mean", "contrast_std"}));
}

TEST(FeatureSetsTest, LibrosaFullSpeltOutHasItsColumnsAndItsBits) {
  const auto own = *make_feature_set(
      settings_of(with("frame_length = 2048\nhop_length = 512\nwindow = \"hann\"\ncenter = true\nfunctionals = \"all\"",
                       R"(["signal", "zcr", "rms", "poly", { name = "mel", n_mels = 90 }, { name = "mel_db", n_mels = 90 },
               { name = "mfcc", n_mfcc = 90, n_mels = 128, fmin = 0 }, { name = "contrast", n_bands = 6, fmin = 200, quantile = 0.02 },
               "centroid", "bandwidth", "flatness", { name = "rolloff", roll_percent = 0.85 }])")));
  features::FeatureOptions options;
  options.set = "librosa-full";
  const auto full = *features::FeatureSet::create(options);
  EXPECT_EQ(own->columns(), full->columns());
  EXPECT_NE(own->fingerprint(), full->fingerprint());
  std::vector<float> signal(60000);
  uint32_t state = 1;
  for (float& sample : signal) sample = static_cast<float>((state = state * 1664525 + 1013904223) >> 17) / 32768 - 0.5F;
  features::WindowFeatures ours;
  features::WindowFeatures theirs;
  ASSERT_TRUE(features::Extractor(own).compute(signal, ours));
  ASSERT_TRUE(features::Extractor(full).compute(signal, theirs));
  ASSERT_EQ(ours.values.size(), theirs.values.size());
  EXPECT_EQ(std::memcmp(ours.values.data(), theirs.values.data(), ours.values.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace voxlake::pipeline
