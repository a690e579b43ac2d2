#include "pipeline/describe_sources.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "files/without_rights_test_support.h"

namespace voxlake::pipeline {
namespace {

namespace fs = std::filesystem;
using Kind = DescribeSource::Kind;

class DescribeSourcesTest : public testing::Test {
 protected:
  DescribeSourcesTest() {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~DescribeSourcesTest() override { fs::remove_all(folder_); }

  std::string put(const std::string& name, const std::string& content = "x") {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  /// What was found, below the folder.
  std::vector<std::string> names(const std::vector<DescribeSource>& sources) const {
    std::vector<std::string> names;
    for (const auto& source : sources) names.push_back(fs::path(source.path).lexically_relative(folder_).string());
    return names;
  }

  fs::path folder_;
};

TEST_F(DescribeSourcesTest, AFolderStandsForWhatIsInItByTheOrderOfPaths) {
  for (const char* name :
       {"b/two.WAV", "b/one.flac", "a.tgz", "c.zip", "README", "notes.txt", ".hidden.wav", ".git/sound.wav", "b/._two.wav"})
    put(name);
  fs::create_directory_symlink(folder_, folder_ / "b" / "round_and_round");
  const auto sources = find_describe_sources({folder_.string()});
  EXPECT_EQ(names(sources), (std::vector<std::string>{"a.tgz", "b/one.flac", "b/two.WAV", "c.zip"}));
  EXPECT_EQ(sources[0].kind, Kind::archive);
  EXPECT_EQ(sources[1].kind, Kind::audio_file);
  EXPECT_EQ(sources[3].kind, Kind::archive);
}

TEST_F(DescribeSourcesTest, AFolderThatCannotBeListedIsAnErrorInItsPlaceAndHidesNoOther) {
  for (const char* name : {"a.tgz", "b/one.flac", "c/two.flac", "d.zip"}) put(name);
  for (const fs::path& folder : {folder_, folder_ / "c"}) fs::permissions(folder, fs::perms{0755});
  fs::permissions(folder_ / "b", fs::perms::none);
  std::vector<DescribeSource> sources;
  {
    const files::WithoutRights nobody;
    sources = find_describe_sources({folder_.string()});
  }
  fs::permissions(folder_ / "b", fs::perms::owner_all);
  EXPECT_EQ(names(sources), (std::vector<std::string>{"a.tgz", "b", "c/two.flac", "d.zip"}));
  ASSERT_TRUE(sources[1].error);
  EXPECT_NE(sources[1].error->message.find("/b: Permission denied"), std::string::npos) << sources[1].error->message;
}

TEST_F(DescribeSourcesTest, WhatIsNamedKeepsItsOrderAndIsToldByItsFirstBytes) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  const std::vector<std::string> paths = {put("z", "\x1f\x8b\x08"), put("y", "PK\x03\x04"), put("x", tar), put("w", "RIFF"),
                                          put("v.tar.gz", "")};
  const auto sources = find_describe_sources(paths);
  ASSERT_EQ(sources.size(), paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(sources[i].path, paths[i]);
    EXPECT_EQ(sources[i].kind, i == 3 ? Kind::audio_file : Kind::archive) << paths[i];
    EXPECT_FALSE(sources[i].error);
  }
}

TEST_F(DescribeSourcesTest, WhatIsNotThereAndFoldersWithoutSoundAreErrorsInTheirPlace) {
  fs::create_directory(folder_ / "empty");
  const auto sources = find_describe_sources({(folder_ / "nothing.wav").string(), (folder_ / "empty").string(), put("a.wav")});
  ASSERT_EQ(sources.size(), 3);
  ASSERT_TRUE(sources[0].error);
  EXPECT_NE(sources[0].error->message.find("there is no file"), std::string::npos);
  ASSERT_TRUE(sources[1].error);
  EXPECT_NE(sources[1].error->message.find("no audio file and no archive"), std::string::npos);
  EXPECT_FALSE(sources[2].error);
}

}  // namespace
}  // namespace voxlake::pipeline
