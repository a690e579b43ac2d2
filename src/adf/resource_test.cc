#include "adf/resource.h"

#include <gtest/gtest.h>

#include <set>

#include "adf/export.h"

namespace voxlake::adf {
namespace {

config::Settings settings_with_all() {
  config::Settings settings;
  settings.adf_storage = "speechlake";
  settings.adf_vault = "speechvault";
  settings.adf_function_app = "speechfunctions";
  settings.adf_discover = settings.adf_describe = "function";
  return settings;
}

TEST(FactoryOptionsTest, NamesBecomeAddressesOfThePublicCloud) {
  const auto options = factory_options(settings_with_all(), "voxforge");
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_EQ(options->storage_url, "https://speechlake.dfs.core.windows.net");
  EXPECT_EQ(options->vault_url, "https://speechvault.vault.azure.net");
  EXPECT_EQ(options->function_app_url, "https://speechfunctions.azurewebsites.net");
}

TEST(FactoryOptionsTest, NamesBecomeAddressesOfTheCloudThatIsSet) {
  config::Settings settings = settings_with_all();
  settings.azure_cloud = "usgovernment";
  const auto options = factory_options(settings, "voxforge");
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_EQ(options->storage_url, "https://speechlake.dfs.core.usgovcloudapi.net");
  EXPECT_EQ(options->vault_url, "https://speechvault.vault.usgovcloudapi.net");
  EXPECT_EQ(options->function_app_url, "https://speechfunctions.azurewebsites.us");
  settings.azure_cloud = "china";
  settings.adf_storage = "";
  settings.lake = "abfss://speech.dfs.core.chinacloudapi.cn";
  const auto chinese = factory_options(settings, "voxforge");
  ASSERT_TRUE(chinese) << chinese.error().to_string();
  EXPECT_EQ(chinese->storage_url, "https://speech.dfs.core.chinacloudapi.cn");
  EXPECT_EQ(chinese->vault_url, "https://speechvault.vault.azure.cn");
  EXPECT_EQ(chinese->function_app_url, "https://speechfunctions.chinacloudsites.cn");
}

TEST(FactoryOptionsTest, TheLakesAccountIsTheStorage) {
  config::Settings settings;
  for (const char* lake : {"abfss://speech.dfs.core.windows.net", "abfss://gold@speech.dfs.core.windows.net/x"}) {
    settings.lake = lake;
    const auto options = factory_options(settings, "voxforge");
    ASSERT_TRUE(options) << options.error().to_string();
    EXPECT_EQ(options->storage_url, "https://speech.dfs.core.windows.net");
  }
}

TEST(FactoryOptionsTest, AddressesWithoutTlsAreOnlyForThisMachine) {
  config::Settings settings = settings_with_all();
  settings.adf_function_app = "http://functions.example.org";
  EXPECT_FALSE(factory_options(settings, "voxforge"));
  settings.adf_function_app = "http://127.0.0.1:8000";
  EXPECT_TRUE(factory_options(settings, "voxforge"));
  settings.adf_vault = "https://user@host";
  EXPECT_FALSE(factory_options(settings, "voxforge"));
}

TEST(FactoryPathTest, AsksForEachPartByItsName) {
  config::Settings settings;
  EXPECT_NE(factory_path(settings).error().to_string().find("adf.subscription"), std::string::npos);
  settings.adf_subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";
  EXPECT_NE(factory_path(settings).error().to_string().find("adf.resource_group"), std::string::npos);
  settings.adf_resource_group = "speech";
  settings.adf_factory = "a/b";
  EXPECT_NE(factory_path(settings).error().to_string().find("adf.factory"), std::string::npos);
  settings.adf_factory = "factory";
  EXPECT_EQ(factory_path(settings).value(),
            "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/speech/providers/Microsoft.DataFactory/factories/factory");
}

TEST(ResourcesTest, EachComesAfterWhatItNeeds) {
  std::set<std::pair<Kind, std::string>> made;
  for (const Resource& resource : make_resources(factory_options(settings_with_all(), "voxforge").value())) {
    for (const auto& need : resource.needs) EXPECT_TRUE(made.count(need) > 0) << resource.name << " needs " << need.second;
    made.emplace(resource.kind, resource.name);
  }
  EXPECT_EQ(made.size(), 11U);
}

TEST(ExportTest, TextsThatBeginWithABracketAreNoExpressionsOfTheTemplate) {
  const Resource odd{Kind::pipeline, "p", {{"description", "[draft]"}, {"list", Json::array({"[", "]"})}}};
  const Json properties = arm_template({odd})["resources"][0]["properties"];
  EXPECT_EQ(properties["description"], "[[draft]");
  EXPECT_EQ(properties["list"], Json::array({"[[", "]"}));
}

}  // namespace
}  // namespace voxlake::adf
