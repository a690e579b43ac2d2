#include "config/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace voxlake::config {
namespace {

class SettingsTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    const auto path = std::filesystem::path(testing::TempDir()) / "voxlake_settings_test.toml";
    std::ofstream(path) << text;
    return path.string();
  }
};

TEST_F(SettingsTest, FlagsWinOverEnvironmentAndEnvironmentOverFile) {
  const std::string file = write("threads = 1\nlimit = 1\n[copy]\nconnections = 1\n");
  auto resolved = resolve(file, {{"VOXLAKE_COPY_CONNECTIONS", "2"}, {"VOXLAKE_LIMIT", "2"}, {"HOME", "x"}}, {{"limit", "3"}});
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  EXPECT_EQ(resolved->settings.threads, 1);
  EXPECT_EQ(resolved->settings.connections, 2);
  EXPECT_EQ(resolved->settings.limit, 3);
  EXPECT_EQ(resolved->origins.at("threads").where, file);
  EXPECT_EQ(resolved->origins.at("copy.connections").where, "VOXLAKE_COPY_CONNECTIONS");
  EXPECT_EQ(resolved->origins.at("limit").where, "--limit");
  EXPECT_EQ(resolved->origins.count("lake"), 0u);
}

TEST_F(SettingsTest, UnknownKeyNamesTheNearestKnownOne) {
  auto resolved = resolve(write("[copy]\nconections = 1\n"), {}, {});
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().kind, ErrorKind::invalid_argument);
  EXPECT_NE(resolved.error().remedy.find("copy.connections"), std::string::npos);
}

TEST_F(SettingsTest, UnknownVariableNamesTheNearestKnownOne) {
  auto resolved = resolve(write(""), {{"VOXLAKE_TREADS", "2"}}, {});
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().remedy.find("VOXLAKE_THREADS"), std::string::npos);
}

TEST_F(SettingsTest, ValuesOfTheWrongKindOrOutOfRangeAreRefusedWithTheirOrigin) {
  const std::pair<const char*, const char*> bad[] = {
      {"threads", "two"},         {"threads", "-1"}, {"features.hop_seconds", "nan"}, {"features.windows", "sliding "},
      {"dataset.balance", "yes"}, {"limit", "1.5"}};
  for (const auto& [key, text] : bad) {
    auto resolved = resolve(write(""), {}, {{key, text}});
    ASSERT_FALSE(resolved) << key << "=" << text;
    EXPECT_NE(resolved.error().message.find("--"), std::string::npos) << resolved.error().message;
  }
}

TEST_F(SettingsTest, SharesMustSumToOne) {
  EXPECT_FALSE(resolve(write("[split]\ntrain = 0.9\n"), {}, {}));
}

TEST_F(SettingsTest, BrokenTomlIsRefusedWithItsLine) {
  auto resolved = resolve(write("threads = 1\nlimit == 2\n"), {}, {});
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find(":2:"), std::string::npos) << resolved.error().message;
}

TEST_F(SettingsTest, ControlCharactersWhereAKeyShouldBeAreRefused) {
  const auto resolved = resolve_text(std::string("[\v\0\0a.b]\n", 8), "x.toml");
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("x.toml:1"), std::string::npos) << resolved.error().message;
}

TEST_F(SettingsTest, LettersThatTheLibrarysTablesForgetAreRefusedInKeysAndKeptInStrings) {
  EXPECT_FALSE(resolve_text("limit = 1\xEF\xBA\xB6\n", "x.toml"));
  EXPECT_FALSE(resolve_text("\xEF\xBA\xB6 = 1\n", "x.toml"));
  const auto resolved = resolve_text("name = \"\xEF\xBA\xB6\" # \xEF\xBA\xB6\n", "x.toml");
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  EXPECT_EQ(resolved->settings.name, "\xEF\xBA\xB6");
}

TEST_F(SettingsTest, AGivenFileThatIsNotThereIsAnError) {
  EXPECT_FALSE(resolve("no/such/file.toml", {}, {}));
}

TEST_F(SettingsTest, EverySettingHasItsOwnKeyFlagAndVariable) {
  std::set<std::string> seen;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(seen.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(seen.insert(setting.flag()).second) << setting.flag();
    EXPECT_TRUE(seen.insert(setting.environment()).second);
    Settings settings;
    const Value value = setting.field(settings);
    const bool names_a_resource = setting.key.starts_with("adf.") && std::get_if<std::string*>(&value) != nullptr;
    const bool may_be_empty = names_a_resource || setting.key == "name" || setting.key == "copy.ca_file";
    EXPECT_TRUE(may_be_empty || !value_text(setting, settings).empty()) << setting.key;
  }
}

}  // namespace
}  // namespace voxlake::config
