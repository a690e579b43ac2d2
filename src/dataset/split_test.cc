#include "dataset/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>

namespace voxlake::dataset {
namespace {

using Speakers = std::vector<SplitSpeaker>;

/// Share of each part in a gender's clips.
std::map<std::string, double> shares_of(const Speakers& speakers, const std::string& gender) {
  std::map<std::string, double> clips = {{"train", 0}, {"validation", 0}, {"test", 0}};
  double total = 0;
  for (const SplitSpeaker& speaker : speakers) {
    if (speaker.gender != gender) continue;
    clips.at(*speaker.split) += static_cast<double>(speaker.clips);
    total += static_cast<double>(speaker.clips);
  }
  for (auto& [part, count] : clips) count /= total;
  return clips;
}

double furthest_from_quota(const Speakers& speakers, const std::string& gender) {
  const auto shares = shares_of(speakers, gender);
  return std::max({std::abs(shares.at("train") - 0.70), std::abs(shares.at("validation") - 0.15), std::abs(shares.at("test") - 0.15)});
}

std::map<std::string, std::string> by_name(const Speakers& speakers) {
  std::map<std::string, std::string> splits;
  for (const SplitSpeaker& speaker : speakers) splits[speaker.speaker] = *speaker.split;
  return splits;
}

Speakers of_sizes(const std::vector<int64_t>& sizes, const std::string& gender = "male") {
  Speakers speakers;
  for (size_t i = 0; i < sizes.size(); ++i) speakers.push_back({gender + std::to_string(i), gender, sizes[i], {}});
  return speakers;
}

TEST(SpeakerHash, IsFixedForGood) {
  EXPECT_EQ(speaker_hash(""), 0xF52A15E9A9B5E89BU);
  EXPECT_EQ(speaker_hash("farmerjack"), 0xE3A78F716689941DU);
}

TEST(AssignSplits, GivesThreeSpeakersOfAGenderAPartEach) {
  for (int64_t other = 1; other < 2000; other = other * 3 + 1) {
    Speakers speakers = of_sizes({10, other, 30});
    assign_splits(speakers);
    std::set<std::string> seen;
    for (const SplitSpeaker& speaker : speakers) seen.insert(*speaker.split);
    EXPECT_EQ(seen.size(), 3U);
  }
}

TEST(AssignSplits, GivesTrainTheBiggestOfThreeSpeakers) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    Speakers speakers = {{name, "female", 1650, {}}, {"x", "female", 10, {}}, {"y", "female", 30, {}}};
    assign_splits(speakers);
    EXPECT_EQ(speakers[0].split, "train");
  }
}

TEST(AssignSplits, PutsASoleSpeakerIntoTrain) {
  Speakers speakers = of_sizes({10});
  assign_splits(speakers);
  EXPECT_EQ(speakers[0].split, "train");
  Speakers none;
  assign_splits(none);
  EXPECT_TRUE(none.empty());
}

TEST(AssignSplits, DealsEachGenderByItself) {
  Speakers males = of_sizes(std::vector<int64_t>(60, 10), "male");
  Speakers females = of_sizes(std::vector<int64_t>(20, 10), "female");
  Speakers both = males;
  both.insert(both.end(), females.begin(), females.end());
  assign_splits(males);
  assign_splits(females);
  assign_splits(both);
  auto separately = by_name(males);
  separately.merge(by_name(females));
  EXPECT_EQ(by_name(both), separately);
  EXPECT_LE(furthest_from_quota(both, "male"), 0.02);
  EXPECT_NEAR(shares_of(both, "female").at("train"), 0.70, 1e-12);
}

TEST(AssignSplits, DoesNotDependOnTheOrderOfSpeakers) {
  std::mt19937 random(1);
  std::vector<int64_t> sizes(200);
  for (int64_t& size : sizes) size = static_cast<int64_t>(random() % 300);
  Speakers speakers = of_sizes(sizes);
  Speakers shuffled = speakers;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  assign_splits(speakers);
  assign_splits(shuffled);
  EXPECT_EQ(by_name(speakers), by_name(shuffled));
}

TEST(AssignSplits, NeverMovesASpeakerThatWasDealt) {
  std::mt19937 random(2);
  Speakers speakers;
  std::map<std::string, std::string> before;
  for (int batch = 0; batch < 20; ++batch) {
    for (int i = 0; i < 15; ++i) {
      const std::string name = std::to_string(batch) + "/" + std::to_string(i);
      speakers.push_back({name, random() % 5 == 0 ? "female" : "male", 10 + static_cast<int64_t>(random() % 50), {}});
    }
    for (SplitSpeaker& speaker : speakers) {
      if (speaker.split) speaker.clips += 10;  // further archives of speakers that are there
    }
    assign_splits(speakers);
    const auto after = by_name(speakers);
    for (const auto& [name, split] : before) EXPECT_EQ(after.at(name), split);
    before = after;
  }
  EXPECT_LE(furthest_from_quota(speakers, "male"), 0.02);
  EXPECT_LE(furthest_from_quota(speakers, "female"), 0.02);
}

TEST(AssignSplits, MakesUpForADealThatWasOutOfProportion) {
  Speakers speakers = of_sizes(std::vector<int64_t>(300, 10));
  for (size_t i = 0; i < 40; ++i) speakers[i].split = "test";
  assign_splits(speakers);
  EXPECT_LE(furthest_from_quota(speakers, "male"), 0.02);
}

TEST(AssignSplits, EndsWithinTwoPointsForRandomSizes) {
  std::mt19937 random(3);
  double worst = 0;
  for (int round = 0; round < 2000; ++round) {
    // Sizes from even to very uneven (a power law), none above 4 % of all.
    const double exponent = 1.5 * static_cast<double>(random() % 100) / 100;
    std::vector<int64_t> sizes(30 + random() % 500);
    int64_t total = 0;
    for (int64_t& size : sizes) {
      size = 1 + static_cast<int64_t>(10 * std::pow(1 + static_cast<double>(random() % 1000), exponent) /
                                      (1 + static_cast<double>(random() % 20)));
      total += size;
    }
    if (static_cast<double>(*std::max_element(sizes.begin(), sizes.end())) > 0.04 * static_cast<double>(total)) continue;
    Speakers speakers = of_sizes(sizes);
    assign_splits(speakers);
    worst = std::max(worst, furthest_from_quota(speakers, "male"));
  }
  EXPECT_GT(worst, 0);
  EXPECT_LE(worst, 0.02);
}

TEST(AssignSplits, LeavesAVeryBigSpeakerWhereThereIsRoom) {
  for (int64_t big : {200, 500, 900, 1650}) {
    std::vector<int64_t> sizes(100, 10);
    sizes.push_back(big);
    Speakers speakers = of_sizes(sizes);
    assign_splits(speakers);
    EXPECT_LE(furthest_from_quota(speakers, "male"), 0.02) << big;
  }
}

TEST(AssignSplits, TakesSharesInProportionAndGivesAnEmptyShareNobody) {
  Speakers speakers = of_sizes(std::vector<int64_t>(100, 10));
  assign_splits(speakers, {8, 2, 0});
  EXPECT_NEAR(shares_of(speakers, "male").at("train"), 0.8, 0.011);
  EXPECT_EQ(shares_of(speakers, "male").at("test"), 0);
  Speakers nobody = of_sizes({10, 10, 10});
  assign_splits(nobody, {0, 0, 0});
  EXPECT_EQ(shares_of(nobody, "male").at("train"), 1);
}

TEST(AssignSplits, DealsSpeakersWithoutClipsToo) {
  Speakers speakers = of_sizes({0, 0, -5, 0, 0});
  assign_splits(speakers);
  for (const SplitSpeaker& speaker : speakers) EXPECT_TRUE(speaker.split);
}

TEST(AssignSplits, EndsWithinTwoPointsForVoxForge) {
  std::ifstream file(std::string(VOXLAKE_SOURCE_DIR) + "/../shared/data/voxforge-archives.txt");
  if (!file) GTEST_SKIP() << "the list of real archive names is not there";
  // Users by what stands before the first dash, ten clips an archive, and genders about as there: one user in seven is female.
  std::map<std::string, SplitSpeaker> users;
  for (std::string line; std::getline(file, line);) {
    const std::string user = line.substr(0, line.find('-'));
    const std::string speaker = user == "anonymous" ? line : user;
    const uint64_t hash = speaker_hash(speaker + "?");
    users.try_emplace(speaker, SplitSpeaker{speaker,
                                            hash % 7 == 0     ? "female"
                                            : hash % 200 == 1 ? "unknown"
                                                              : "male",
                                            0,
                                            {}})
        .first->second.clips += 10;
  }
  Speakers all;
  for (const auto& [name, speaker] : users) all.push_back(speaker);
  EXPECT_EQ(users.at("pcsnpny").clips, 1650);
  Speakers at_once = all;
  assign_splits(at_once);
  // The same, when the archives come in twelve lots.
  Speakers in_lots;
  for (size_t i = 0; i < all.size(); ++i) {
    in_lots.push_back(all[i]);
    if (i % (all.size() / 12) == 0) assign_splits(in_lots);
  }
  assign_splits(in_lots);
  for (const char* gender : {"male", "female"}) {
    EXPECT_LE(furthest_from_quota(at_once, gender), 0.002) << gender;
    EXPECT_LE(furthest_from_quota(in_lots, gender), 0.02) << gender;
  }
}

}  // namespace
}  // namespace voxlake::dataset
