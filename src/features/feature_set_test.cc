#include "features/feature_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "features/set_definition.h"

namespace voxlake::features {
namespace {

FeatureOptions options_named(const std::string& name, int32_t rate = 16000) {
  FeatureOptions options;
  options.set = name;
  options.rate = rate;
  return options;
}

bool has_column(const FeatureSet& set, const std::string& name) {
  return std::find(set.columns().begin(), set.columns().end(), name) != set.columns().end();
}

TEST(FeatureSetTest, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  const auto set = FeatureSet::create(options_named("librosa-ful"));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::invalid_argument);
  EXPECT_NE(set.error().remedy.find("did you mean \"librosa-full\""), std::string::npos) << set.error().to_string();
}

TEST(FeatureSetTest, RowsThatADescriptorDoesNotHaveAreRefused) {  // found by fuzzing: they were read from beyond the tile
  const auto refused = [](Descriptor descriptor, int rows) {
    SetDefinition definition = {"mine", 1, {SetEntry{descriptor, rows, kAllFunctionals, true}}, false, {}, {}};
    return !FeatureSet::create(definition, FeatureOptions());
  };
  for (const auto& [descriptor, rows] : std::vector<std::pair<Descriptor, int>>{{Descriptor::chroma, kChromaClasses},
                                                                                {Descriptor::poly, 2},
                                                                                {Descriptor::rms, 1},
                                                                                {Descriptor::mel, kMelRows},
                                                                                {Descriptor::contrast, kContrastRows}}) {
    EXPECT_FALSE(refused(descriptor, rows)) << rows;
    for (const int other : {-1, 0, rows + 1, 200, 1 << 30}) EXPECT_TRUE(refused(descriptor, other)) << rows << " " << other;
  }
  EXPECT_FALSE(refused(Descriptor::mfcc, 13));
  EXPECT_TRUE(refused(Descriptor::mfcc, kCepstrumMelRows + 1));
  EXPECT_TRUE(refused(Descriptor::mfcc, 0));
}

TEST(FeatureSetTest, LibrosaFullHas4290ColumnsInTheOrderOfTheSchema) {
  const auto set = *FeatureSet::create(options_named("librosa-full"));
  const auto& columns = set->columns();
  ASSERT_EQ(columns.size(), 4290U);
  EXPECT_EQ(columns.front(), "signal_mean");
  EXPECT_EQ(columns[14], "signal_skewness");
  EXPECT_EQ(columns[15], "zcr_mean");
  EXPECT_EQ(columns[45], "poly_00_mean");
  EXPECT_EQ(columns[75], "mel_00_mean");
  EXPECT_EQ(columns[75 + 1350], "mel_db_00_mean");
  EXPECT_EQ(columns[75 + 2700 + 89 * 15], "mfcc_89_mean");
  EXPECT_EQ(columns.back(), "rolloff_skewness");
}

TEST(FeatureSetTest, SpectralHasTheColumnsThatTheSchemaNames) {
  const auto set = *FeatureSet::create({});
  for (const char* name : {"mfcc_00_mean", "centroid_std", "signal_kurtosis", "mfcc_delta_00_mean", "f0_median", "f0_voiced_share"}) {
    EXPECT_TRUE(has_column(*set, name)) << name;
  }
}

TEST(FeatureSetTest, SpectralDescribesPitchByTheStatisticsThatMeanSomethingOfATrack) {
  std::vector<std::string> columns = (*FeatureSet::create({}))->columns();
  ASSERT_EQ(columns.size(), 784U);
  columns.erase(columns.begin(), std::find(columns.begin(), columns.end(), "f0_mean"));
  EXPECT_EQ(columns, (std::vector<std::string>{"f0_mean",
                                               "f0_median",
                                               "f0_min",
                                               "f0_max",
                                               "f0_range",
                                               "f0_std",
                                               "f0_q1",
                                               "f0_q3",
                                               "f0_iqr",
                                               "f0_voiced_share",
                                               "f0_semitones_mean",
                                               "f0_semitones_median",
                                               "f0_semitones_std",
                                               "f0_semitones_q1",
                                               "f0_semitones_q3",
                                               "f0_semitones_iqr",
                                               "voicing_mean",
                                               "hnr_mean",
                                               "hnr_median",
                                               "aperiodicity_median"}));
}

TEST(FeatureSetTest, TheFingerprintNamesTheVersionSoThatNumbersOfAnOlderOneAreMadeAgain) {
  EXPECT_TRUE((*FeatureSet::create({}))->fingerprint().starts_with("spectral v2, 16000 Hz"));
  EXPECT_TRUE((*FeatureSet::create(options_named("librosa-full")))->fingerprint().starts_with("librosa-full v1, 16000 Hz"));
}

TEST(FeatureSetTest, NoColumnIsNamedTwice) {
  for (const std::string& name : FeatureSet::names()) {
    const auto set = *FeatureSet::create(options_named(name));
    EXPECT_EQ(std::set<std::string>(set->columns().begin(), set->columns().end()).size(), set->columns().size()) << name;
  }
}

TEST(FeatureSetTest, ARateTooLowForTheBandsOfContrastIsAnErrorThatSaysSo) {
  for (const int32_t rate : {8000, 12800}) {
    const auto set = FeatureSet::create(options_named("spectral", rate));
    ASSERT_FALSE(set) << rate;
    EXPECT_NE(set.error().message.find("contrast"), std::string::npos);
    EXPECT_NE(set.error().remedy.find("above 12800 Hz"), std::string::npos);
  }
  for (const int32_t rate : {12801, 16000, 22050, 44100, 48000, 96000})
    EXPECT_TRUE(FeatureSet::create(options_named("spectral", rate))) << rate;
}

TEST(FeatureSetTest, OptionsThatMakeNoSenseAreErrors) {
  FeatureOptions options;
  options.windows.length_seconds = 0;
  EXPECT_FALSE(FeatureSet::create(options));
  options = {};
  options.windows.hop_seconds = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(FeatureSet::create(options));
  options = {};
  options.windows.kind = Windowing::session;
  options.windows.gap_seconds = -1;
  EXPECT_FALSE(FeatureSet::create(options));
  EXPECT_FALSE(FeatureSet::create(options_named("spectral", 0)));
  EXPECT_FALSE(FeatureSet::create(options_named("spectral", 1'000'000)));
}

TEST(FeatureSetTest, TheFingerprintTellsOptionsApart) {
  std::set<std::string> fingerprints;
  FeatureOptions options;
  fingerprints.insert((*FeatureSet::create(options))->fingerprint());
  options.rate = 22050;
  fingerprints.insert((*FeatureSet::create(options))->fingerprint());
  options.windows.hop_seconds = 0.5;
  fingerprints.insert((*FeatureSet::create(options))->fingerprint());
  options.windows.kind = Windowing::session;
  fingerprints.insert((*FeatureSet::create(options))->fingerprint());
  options.set = "librosa-full";
  fingerprints.insert((*FeatureSet::create(options))->fingerprint());
  EXPECT_EQ(fingerprints.size(), 5U);
}

}  // namespace
}  // namespace voxlake::features
