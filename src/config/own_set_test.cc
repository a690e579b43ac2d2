#include "config/own_set.h"

#include <gtest/gtest.h>

#include "config/settings.h"

namespace voxlake::config {
namespace {

TEST(OwnSetTest, ATableOfFeaturesSetsIsKeptAsItStandsWithItsPlaces) {
  const auto resolved = resolve_text(
      "[features]\nset = \"mine\"\n[features.sets.mine]\nrate = 8000\nhop_length = 80\ncenter = true\n"
      "descriptors = [\"zcr\", { name = \"rolloff\", roll_percent = 0.5 }]\n",
      "here.toml");
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  ASSERT_EQ(resolved->settings.own_sets.size(), 1U);
  const OwnSet& set = resolved->settings.own_sets[0];
  EXPECT_EQ(set.name, "mine");
  EXPECT_EQ(set.rate, 8000);
  EXPECT_EQ(set.place, "here.toml:3:1");
  ASSERT_EQ(set.fields.size(), 3U) << "the rate is not among them";
  EXPECT_EQ(set.fields[0].first, "center");
  const auto* descriptors = set.fields[1].second.as<Node::List>();
  ASSERT_NE(descriptors, nullptr);
  EXPECT_EQ(*descriptors->at(0).as<std::string>(), "zcr");
  EXPECT_EQ(descriptors->at(1).place, "here.toml:7:23");
  EXPECT_EQ(*descriptors->at(1).as<Node::Table>()->at(1).second.as<double>(), 0.5);
  EXPECT_EQ(resolved->origins.count("features.sets"), 0U);
}

TEST(OwnSetTest, TheLongFormOfTomlSaysTheSame) {
  const auto resolved = resolve_text(
      "[features.sets.mine]\n[[features.sets.mine.descriptors]]\nname = \"zcr\"\n[[features.sets.mine.descriptors]]\nname = \"rms\"\n",
      "x");
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  EXPECT_EQ(resolved->settings.own_sets[0].fields[0].second.as<Node::List>()->size(), 2U);
}

TEST(OwnSetTest, ASettingBesideASetIsStillChecked) {
  EXPECT_FALSE(resolve_text("[features]\nsett = 1\n[features.sets.a]\n", "x"));
}

}  // namespace
}  // namespace voxlake::config
