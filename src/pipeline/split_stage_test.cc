#include "pipeline/split_stage.h"

#include <gtest/gtest.h>

#include <map>

namespace voxlake::pipeline {
namespace {

lake::UtteranceRow clip(const std::string& speaker, const std::string& archive, const std::string& gender) {
  lake::UtteranceRow row;
  row.corpus = "c";
  row.speaker = speaker;
  row.archive = archive;
  row.gender = gender;
  row.seconds = 2;
  return row;
}

TEST(MakeSpeakers, CountsArchivesClipsAndSeconds) {
  const auto table = make_speakers({clip("ann", "a1", "female"), clip("ann", "a1", "female"), clip("ann", "a2", "female")}, {}, {});
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].archives, 2);
  EXPECT_EQ(table.rows[0].clips, 3);
  EXPECT_EQ(table.rows[0].seconds, 6);
  EXPECT_TRUE(table.disagreeing.empty());
}

TEST(MakeSpeakers, ASpeakerWhoseClipsDisagreeTakesTheMajorityAndIsReported) {
  const auto table = make_speakers({clip("kim", "a1", "female"), clip("kim", "a2", "male"), clip("kim", "a3", "male")}, {}, {});
  EXPECT_EQ(table.rows[0].gender, "male");
  EXPECT_EQ(table.disagreeing, std::vector<std::string>{"kim"});
}

TEST(MakeSpeakers, UnknownNeverOutvotesAGender) {
  const auto table = make_speakers({clip("kim", "a1", "unknown"), clip("kim", "a2", "unknown"), clip("kim", "a3", "female")}, {}, {});
  EXPECT_EQ(table.rows[0].gender, "female");
  EXPECT_TRUE(table.disagreeing.empty());
}

TEST(MakeSpeakers, SplitsDealtBeforeStayWhenSpeakersComeAndClipsGrow) {
  std::vector<lake::UtteranceRow> clips;
  const auto named = [](std::string name, int number) { return name.append(std::to_string(number)); };
  for (int i = 0; i < 20; ++i) clips.push_back(clip(named("speaker", i), named("a", i), i % 2 == 0 ? "male" : "female"));
  const auto before = make_speakers(clips, {}, {});
  for (int i = 0; i < 40; ++i) clips.push_back(clip(named("new", i), named("b", i), "male"));
  clips.push_back(clip("speaker0", "c", "male"));
  const auto after = make_speakers(clips, before.rows, {});
  std::map<std::string, std::string> splits;
  for (const auto& row : after.rows) splits[row.speaker] = row.split;
  for (const auto& row : before.rows) EXPECT_EQ(splits[row.speaker], row.split) << row.speaker;
  for (const auto& [speaker, split] : splits) EXPECT_TRUE(split == "train" || split == "validation" || split == "test") << speaker;
}

}  // namespace
}  // namespace voxlake::pipeline
