#include "adf/difference.h"

#include <gtest/gtest.h>

namespace voxlake::adf {
namespace {

Json wanted() {
  return Json::parse(R"({"description": "d", "annotations": [], "activities": [
    {"name": "a", "dependsOn": [], "typeProperties": {"batchCount": 50, "items": {"value": "@x", "type": "Expression"}}},
    {"name": "b", "dependsOn": [{"activity": "a"}]}]})");
}

TEST(DifferenceTest, WhatTheServiceAddsDropsAndSortsIsNone) {
  const Json deployed = Json::parse(R"({"activities": [
    {"typeProperties": {"items": {"type": "Expression", "value": "@x"}, "batchCount": 50}, "name": "a"},
    {"dependsOn": [{"activity": "a"}], "name": "b", "userProperties": []}],
    "lastPublishTime": "2026-01-01T00:00:00Z", "runtimeState": "Started", "description": "d"})");
  EXPECT_TRUE(differences(wanted(), deployed).empty());
}

TEST(DifferenceTest, AChangeIsNamedByItsActivity) {
  Json deployed = wanted();
  deployed["activities"][0]["typeProperties"]["batchCount"] = 20;
  const auto found = differences(wanted(), deployed);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "activities[\"a\"].typeProperties.batchCount");
  EXPECT_EQ(found[0].deployed, "20");
  EXPECT_EQ(found[0].wanted, "50");
}

TEST(DifferenceTest, WhatSomebodyAddedByHandIsADifference) {
  Json deployed = wanted();
  deployed["activities"].push_back({{"name", "c"}});
  deployed["concurrency"] = 5;
  const auto found = differences(wanted(), deployed);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].path, "activities[\"c\"]");
  EXPECT_EQ(found[0].wanted, "");
  EXPECT_EQ(found[1].path, "concurrency");
}

TEST(DifferenceTest, ALostActivityIsADifference) {
  Json deployed = wanted();
  deployed["activities"].erase(1);
  const auto found = differences(wanted(), deployed);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "activities[\"b\"]");
  EXPECT_EQ(found[0].deployed, "");
}

TEST(DifferenceTest, AnotherOrderOfActivitiesIsNamed) {
  Json deployed = wanted();
  std::swap(deployed["activities"][0], deployed["activities"][1]);
  const auto found = differences(wanted(), deployed);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].deployed, "another order");
}

TEST(DifferenceTest, LongValuesAreCutBetweenCharacters) {
  const auto found = differences({{"d", std::string(119, 'x') + "€€€"}}, {{"d", "y"}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(found[0].wanted.size(), 130U);
  EXPECT_NO_THROW(Json(found[0].wanted).dump());
}

}  // namespace
}  // namespace voxlake::adf
