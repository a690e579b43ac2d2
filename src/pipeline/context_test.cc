#include "pipeline/context.h"

#include <gtest/gtest.h>

namespace voxlake::pipeline {
namespace {

std::string name_of(const std::string& corpus, const std::string& name = "") {
  config::Settings settings;
  settings.corpus = corpus;
  settings.name = name;
  return corpus_name(settings);
}

TEST(CorpusName, IsVoxforgeForVoxForge) {
  EXPECT_EQ(name_of(config::voxforge_url), "voxforge");
}

TEST(CorpusName, IsTheLastPartOfThePathOrTheHost) {
  EXPECT_EQ(name_of("http://127.0.0.1:8000/"), "127.0.0.1");
  EXPECT_EQ(name_of("https://user:secret@speech.example/audio/Main/"), "Main");
  EXPECT_EQ(name_of("https://speech.example/audio/index.html?C=N;O=D"), "audio");
  EXPECT_EQ(name_of("/data/my corpus/"), "my-corpus");
  EXPECT_EQ(name_of("/data/corpus/manifest.json"), "corpus");
}

TEST(CorpusName, IsSafeAsAFolderWhateverTheUserSays) {
  EXPECT_EQ(name_of("x", "../../etc"), "etc");
  EXPECT_EQ(name_of("x", ".hidden"), "hidden");
  EXPECT_EQ(name_of("/"), "corpus");
}

TEST(Fingerprints, ChangeWithWhatTheyStandForAndOnlyThen) {
  SilentObserver observer;
  const std::atomic<bool> stop{false};
  config::Settings settings;
  settings.lake = testing::TempDir() + "/fingerprints_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  const auto context = make_context(settings, observer, stop);
  ASSERT_TRUE(context) << context.error().to_string();
  settings.hop_seconds = 0.5;
  const auto other_windows = make_context(settings, observer, stop);
  ASSERT_TRUE(other_windows);
  EXPECT_EQ(silver_fingerprint(*context), silver_fingerprint(*other_windows));
  EXPECT_NE(gold_fingerprint(*context), gold_fingerprint(*other_windows));
  settings.hop_seconds = 1.0;
  settings.trim_top_db = 30;
  const auto other_trim = make_context(settings, observer, stop);
  ASSERT_TRUE(other_trim);
  EXPECT_NE(silver_fingerprint(*context), silver_fingerprint(*other_trim));
  EXPECT_NE(gold_fingerprint(*context), gold_fingerprint(*other_trim)) << "features come from silver";
  settings.trim_top_db = 20;
  settings.threads = 7;
  settings.user_agent = "x";
  const auto same = make_context(settings, observer, stop);
  ASSERT_TRUE(same);
  EXPECT_EQ(gold_fingerprint(*context), gold_fingerprint(*same));
}

}  // namespace
}  // namespace voxlake::pipeline
