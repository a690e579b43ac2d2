#include "pipeline/report_clips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace voxlake::pipeline {
namespace {

lake::UtteranceRow clip(const std::string& id, const std::string& gender, double seconds, int32_t rate = 16000) {
  lake::UtteranceRow row;
  row.utterance_id = id;
  row.gender = gender;
  row.prompt = "A prompt.";
  row.source_rate = rate;
  row.source_channels = 1;
  row.seconds = seconds;
  row.samples = static_cast<int64_t>(seconds * 16000);
  row.source_samples = static_cast<int64_t>((seconds + 1) * rate);
  row.trim_start = 8000;
  row.trim_end = 8000 + row.samples;
  return row;
}

std::vector<std::string> ids(const std::vector<std::vector<lake::UtteranceRow>>& lists) {
  std::vector<std::string> ids;
  for (const auto& list : lists) {
    for (const auto& row : list) ids.push_back(row.utterance_id);
    ids.emplace_back("|");
  }
  return ids;
}

TEST(ExampleChooser, ChoosesTheSameClipsInWhateverOrderTheyCome) {
  std::vector<lake::UtteranceRow> clips;
  for (int i = 0; i < 300; ++i)
    clips.push_back(clip(std::to_string(i), i % 3 == 0 ? "female" : "male", 1 + i % 9, i % 5 == 0 ? 44100 : 16000));
  ExampleChooser first(3.0);
  for (const auto& row : clips) first.offer(row);
  std::shuffle(clips.begin(), clips.end(), std::mt19937(1));
  ExampleChooser second(3.0);
  for (const auto& row : clips) second.offer(row);
  EXPECT_EQ(ids(first.choices()), ids(second.choices()));
}

TEST(ExampleChooser, PutsTheMostFittingClipFirst) {
  ExampleChooser chooser(3.0);
  auto silent = clip("silent", "female", 4.5);
  silent.is_silent = true;
  for (const auto& row :
       {clip("long", "female", 40), clip("good", "female", 4.6), silent, clip("short", "male", 2), clip("slow", "male", 4.5, 8000)})
    chooser.offer(row);
  const auto lists = chooser.choices();
  ASSERT_EQ(lists.size(), 6U);
  EXPECT_EQ(lists[0][0].utterance_id, "good");   // female
  EXPECT_EQ(lists[0].size(), 2U);                // the silent one is no example
  EXPECT_EQ(lists[1][0].utterance_id, "short");  // male, not resampled
  EXPECT_EQ(lists[2][0].utterance_id, "slow");   // resampled
  EXPECT_EQ(lists[3][0].utterance_id, "short");  // lost most of it to the trim
  EXPECT_TRUE(lists[4].empty());                 // nobody wrote a gender oddly
  EXPECT_EQ(lists[5][0].utterance_id, "short");  // shorter than a window
}

TEST(ClipCounter, AddsUpWhatTheTrimTook) {
  ClipCounter counter(16000);
  counter.add(clip("a", "female", 4));
  counter.add(clip("b", "male", 2, 8000));
  const auto facts = counter.facts();
  EXPECT_DOUBLE_EQ(facts.seconds_before, 5 + 3);
  EXPECT_DOUBLE_EQ(facts.seconds_cut_at_start, 1);
  EXPECT_DOUBLE_EQ(facts.seconds_cut_at_end, 1);
  EXPECT_DOUBLE_EQ(counter.seconds_kept(), 6);
  ASSERT_EQ(facts.languages.size(), 1U);
  EXPECT_EQ(facts.languages[0].name, "(not said)");
  EXPECT_EQ(facts.seconds_each.series.size(), 2U);
}

TEST(EvenHash, SpreadsNamesThatDifferLittle) {
  int low = 0;
  for (int i = 0; i < 1000; ++i) low += even_hash(std::to_string(i)) < (uint64_t{1} << 63) ? 1 : 0;
  EXPECT_NEAR(low, 500, 60);
}

}  // namespace
}  // namespace voxlake::pipeline
