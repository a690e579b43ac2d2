#include "features/reference.h"

#include <gtest/gtest.h>

#include <map>

namespace voxlake::features {
namespace {

TEST(ReferenceTest, EveryColumnOfEverySetIsDescribedInItsOrder) {
  for (const std::string& name : FeatureSet::names()) {
    FeatureOptions options;
    options.set = name;
    const auto set = *FeatureSet::create(options);
    const auto descriptions = describe_columns(*set);
    ASSERT_EQ(descriptions.size(), set->columns().size());
    for (std::size_t i = 0; i < descriptions.size(); ++i) {
      EXPECT_EQ(descriptions[i].name, set->columns()[i]);
      EXPECT_FALSE(descriptions[i].formula.empty());
      EXPECT_FALSE(descriptions[i].range.empty());
      EXPECT_FALSE(descriptions[i].source.empty());
    }
  }
}

TEST(ReferenceTest, UnitsFollowTheFunctional) {
  const std::map<std::string, std::string> expected = {{"centroid_mean", "Hz"},
                                                       {"centroid_var", "(Hz)^2"},
                                                       {"centroid_mode_count", "frames"},
                                                       {"signal_mode_count", "samples"},
                                                       {"centroid_entropy", "nat"},
                                                       {"centroid_kurtosis", ""},
                                                       {"f0_iqr", "Hz"},
                                                       {"f0_semitones_iqr", "semitone"},
                                                       {"hnr_mean", "dB"},
                                                       {"voicing_mean", ""},
                                                       {"aperiodicity_median", ""}};
  std::size_t found = 0;
  for (const ColumnDescription& column : describe_columns(**FeatureSet::create({}))) {
    const auto unit = expected.find(column.name);
    if (unit == expected.end()) continue;
    EXPECT_EQ(column.unit, unit->second) << column.name;
    ++found;
  }
  EXPECT_EQ(found, expected.size());
}

TEST(ReferenceTest, TheExtremesOfPitchAreSaidToBeFragile) {
  std::vector<std::string> fragile;
  for (const ColumnDescription& column : describe_columns(**FeatureSet::create({}))) {
    if (column.formula.find("fragile") != std::string::npos) fragile.push_back(column.name);
  }
  EXPECT_EQ(fragile, (std::vector<std::string>{"f0_min", "f0_max", "f0_range"}));
}

TEST(ReferenceTest, ThePageTellsOfEverySetAndFunctional) {
  const std::string page = features_reference();
  for (const std::string& name : FeatureSet::names()) EXPECT_NE(page.find("## " + name), std::string::npos);
  for (const char* functional : {"`mean`", "`mode_count`", "`skewness`"}) EXPECT_NE(page.find(functional), std::string::npos);
}

}  // namespace
}  // namespace voxlake::features
