#include "corpus/archive_name.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

namespace voxlake::corpus {
namespace {

TEST(SpeakerOf, IsTheUserPartAsWritten) {
  EXPECT_EQ(speaker_of("farmerjack-20080827-hbr"), "farmerjack");
  EXPECT_EQ(speaker_of("Robin-20070201-xyz"), "Robin");
  EXPECT_EQ(speaker_of("1028-20100710-hne"), "1028");
  EXPECT_EQ(speaker_of("_r2h-20100710-hne"), "_r2h");
  EXPECT_EQ(speaker_of("jean-luc-20100710-hne"), "jean-luc");
}

TEST(SpeakerOf, IsTheWholeNameForAnonymous) {
  EXPECT_EQ(speaker_of("anonymous-20080827-hbr"), "anonymous-20080827-hbr");
  EXPECT_EQ(speaker_of("Anonymous-20080827-hbr"), "Anonymous-20080827-hbr");
}

TEST(SpeakerOf, ReadsNamesThatBreakTheRule) {
  EXPECT_EQ(speaker_of("bjb-20120122"), "bjb");
  EXPECT_EQ(speaker_of("Adminvox-05232006"), "Adminvox");
  EXPECT_EQ(speaker_of("atterer-21012007-vf22"), "atterer");
  EXPECT_EQ(speaker_of("anthonyschaller-20071221-"), "anthonyschaller");
  EXPECT_EQ(speaker_of("Toyo-20080229-ogz.zip"), "Toyo");
  EXPECT_EQ(speaker_of("kayray-20070529b-per24"), "kayray");
  EXPECT_EQ(speaker_of("ralfherzog-20070813_vf12"), "ralfherzog");
  EXPECT_EQ(speaker_of("robertburrelldonkin-200709011-vf11"), "robertburrelldonkin");
  EXPECT_EQ(speaker_of("trevarthan-070403-vf3"), "trevarthan");
  EXPECT_EQ(speaker_of("douglaid-200802"), "douglaid");
  EXPECT_EQ(speaker_of("occimanete-092909"), "occimanete");
  EXPECT_EQ(speaker_of("shakyhand-2007-09-25"), "shakyhand");
}

TEST(SpeakerOf, LeavesThePromptListBeforeTheDateOut) {
  EXPECT_EQ(speaker_of("jaiger-vf16-20070214"), "jaiger");
  EXPECT_EQ(speaker_of("granthulbert-ar-01032007"), "granthulbert");
  EXPECT_EQ(speaker_of("ar-20080827-hbr"), "ar");
}

TEST(SpeakerOf, TakesTheFirstDateAsTheDate) {
  EXPECT_EQ(speaker_of("bob-20080101-20090101"), "bob");
  EXPECT_EQ(speaker_of("bob-123456-20090101-abc"), "bob-123456");
}

TEST(SpeakerOf, IsTheWholeNameWhereNoUserPartCanBeTold) {
  for (const char* name : {"an4", "test", "cmu_us_awb_arctic", "-20080827-hbr", "20080827-hbr", "", "-", "a-b-c", "x-12345"}) {
    EXPECT_EQ(speaker_of(name), name);
  }
}

class RealNames : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(VOXLAKE_SOURCE_DIR) + "/../shared/data/voxforge-archives.txt");
    if (!file) GTEST_SKIP() << "the list of real archive names is not there";
    for (std::string line; std::getline(file, line);) names_.insert(line.substr(0, line.rfind(".tgz")));
  }
  std::set<std::string> names_;
};

TEST_F(RealNames, GiveEachUserOneSpeakerAndEachAnonymousArchiveItsOwn) {
  std::map<std::string, int> archives;
  int anonymous = 0;
  for (const std::string& name : names_) {
    ++archives[speaker_of(name)];
    if (name.starts_with("anonymous-")) {
      ++anonymous;
      EXPECT_EQ(speaker_of(name), name);
    }
  }
  EXPECT_EQ(names_.size(), 6244U);
  EXPECT_EQ(anonymous, 2141);
  EXPECT_EQ(archives["pcsnpny"], 165);
  EXPECT_EQ(archives["farmerjack"], 109);
  EXPECT_EQ(archives["camdixon"], 109);
  // Ten names have no user part; none of the others' users has a dash, so they are also what stands before the first dash.
  EXPECT_EQ(archives.size(), 2141U + 1221U + 10U);
  for (const auto& [speaker, count] : archives) {
    if (!speaker.starts_with("anonymous-")) {
      EXPECT_EQ(speaker.find('-'), std::string::npos) << speaker;
    }
  }
}

}  // namespace
}  // namespace voxlake::corpus
