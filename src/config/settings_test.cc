#include "config/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace voxlake::config {
namespace {

class SettingsTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    // One for each test: they may run at the same time.
    const std::string name = std::string("voxlake_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
    const auto path = std::filesystem::path(testing::TempDir()) / name;
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
    const bool is_text = std::get_if<std::string*>(&value) != nullptr && setting.choices.empty();
    const bool names_a_resource = is_text && (setting.key.starts_with("adf.") || setting.key.starts_with("azure."));
    // What each of these means when it is empty stands in its description.
    static const std::set<std::string> may_be_empty = {"name", "scratch", "copy.ca_file", "copy.mirror", "functions.corpora"};
    EXPECT_TRUE(names_a_resource || may_be_empty.count(setting.key) > 0 || !value_text(setting, settings).empty()) << setting.key;
  }
}

const Setting& setting_of(const std::string& key) {
  for (const Setting& setting : all_settings()) {
    if (setting.key == key) return setting;
  }
  throw std::out_of_range(key);
}

TEST_F(SettingsTest, SecretsAreRefusedOnTheCommandLineAndNotShown) {
  const auto flag = resolve(write(""), {}, {{"azure.account_key", "TOPSECRET"}});
  ASSERT_FALSE(flag);
  EXPECT_EQ(flag.error().to_string().find("TOPSECRET"), std::string::npos);
  EXPECT_NE(flag.error().to_string().find("VOXLAKE_AZURE_ACCOUNT_KEY"), std::string::npos);
  const auto variable = resolve(write(""), {{"VOXLAKE_AZURE_ACCOUNT_KEY", "TOPSECRET"}}, {});
  ASSERT_TRUE(variable);
  EXPECT_EQ(variable->settings.azure_account_key, "TOPSECRET");
  EXPECT_EQ(value_text(setting_of("azure.account_key"), variable->settings), "***");
}

TEST_F(SettingsTest, AnyValueMayBeInAVaultAndIsReadWhenAskedFor) {
  auto resolved =
      resolve(write("threads = \"keyvault://v/threads\"\n[azure]\nsas = \"keyvault://v/sas\"\n"), {}, {{"corpus", "keyvault://v/corpus"}});
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  std::vector<std::string> read;
  ASSERT_TRUE(resolve_references(*resolved, [&](const std::string& reference) -> Result<std::string> {
    read.push_back(reference);
    return reference == "keyvault://v/threads" ? "3" : "https://example.org/";
  }));
  EXPECT_EQ(read, (std::vector<std::string>{"keyvault://v/corpus", "keyvault://v/threads"}));
  EXPECT_EQ(resolved->settings.threads, 3);
  EXPECT_EQ(resolved->settings.corpus, "https://example.org/");
  EXPECT_EQ(value_text(setting_of("azure.sas"), resolved->settings), "keyvault://v/sas");
}

TEST_F(SettingsTest, WhatAVaultGaveIsNotInTheMessage) {
  auto resolved = resolve(write("threads = \"keyvault://v/threads\"\n"), {}, {});
  ASSERT_TRUE(resolved);
  const Status status = resolve_references(*resolved, [](const std::string&) -> Result<std::string> { return "TOPSECRET"; });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().to_string().find("TOPSECRET"), std::string::npos);
}

}  // namespace
}  // namespace voxlake::config
