#include "lake/azure_layout.h"

#include <gtest/gtest.h>

namespace voxlake::lake {
namespace {

azure::Options in_cloud(const std::string& cloud) {
  azure::Options options;
  options.cloud = cloud;
  return options;
}

TEST(AzureLayout, FindsTheBlobServiceOfAnAccount) {
  EXPECT_EQ(AzureLayout::parse("abfss://speech.dfs.core.windows.net", {})->account().blob_url, "https://speech.blob.core.windows.net");
  EXPECT_EQ(AzureLayout::parse("abfss://lake@speech.dfs.core.windows.net/a/b/", {})->account().blob_url,
            "https://speech.blob.core.windows.net");
  EXPECT_EQ(AzureLayout::parse("abfss://speech.dfs.core.usgovcloudapi.net", in_cloud("usgovernment"))->account().blob_url,
            "https://speech.blob.core.usgovcloudapi.net");
  EXPECT_EQ(AzureLayout::parse("abfss://speech.z12.dfs.storage.azure.net", {})->account().blob_url,
            "https://speech.z12.blob.storage.azure.net");
}

TEST(AzureLayout, AnEndpointOfAnEmulatorHasTheAccountInItsPath) {
  azure::Options options;
  options.endpoint = "http://127.0.0.1:10000/";
  EXPECT_EQ(AzureLayout::parse("abfss://devstoreaccount1.dfs.core.windows.net", options)->account().blob_url,
            "http://127.0.0.1:10000/devstoreaccount1");
  options.endpoint = "http://127.0.0.1:10000/devstoreaccount1";
  EXPECT_EQ(AzureLayout::parse("abfss://devstoreaccount1.dfs.core.windows.net", options)->account().blob_url,
            "http://127.0.0.1:10000/devstoreaccount1");
}

TEST(AzureLayout, HostsOfOthersAreRefusedBeforeATokenGoesThere) {
  for (const char* uri :
       {"abfss://speech.dfs.core.windows.net.evil.example", "abfss://speech.evil.example", "abfss://speech",
        "abfss://speech.dfs.core.usgovcloudapi.net", "abfss://speech.evil/.dfs.storage.azure.net",
        "abfss://speech.dfs.core.windows.net:8080", "abfss://", "abfss://UPPER.dfs.core.windows.net",
        "abfss://a b@speech.dfs.core.windows.net", "abfss://x@speech.dfs.core.windows.net", "abfss://speech.dfs.core.windows.net/folder"}) {
    const auto layout = AzureLayout::parse(uri, {});
    ASSERT_FALSE(layout) << uri;
    EXPECT_EQ(layout.error().kind, ErrorKind::invalid_argument) << uri;
  }
}

TEST(AzureLayout, ASignatureInTheUriIsRefusedAndNotShown) {
  const auto layout = AzureLayout::parse("abfss://speech.dfs.core.windows.net?sv=1&sig=SECRET", {});
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error().to_string().find("SECRET"), std::string::npos);
}

TEST(AzureLayout, PathsAndBlobsCorrespondOneToOne) {
  const auto layers = AzureLayout::parse("abfss://speech.dfs.core.windows.net", {});
  const auto folder = AzureLayout::parse("abfss://lake@speech.dfs.core.windows.net/a/b", {});
  for (const char* path : {"bronze/x/y.tgz", "bronze", "report.html", "other/x", "miscellaneous/manifest/index.json", "gold/a b/#1"}) {
    for (const auto* layout : {&*layers, &*folder}) {
      const auto blob = layout->blob_of(path);
      ASSERT_TRUE(blob) << path;
      EXPECT_EQ(layout->path_of(*blob), path);
    }
  }
  EXPECT_EQ(layers->blob_of("silver/x")->container, "silver");
  EXPECT_EQ(folder->blob_of("silver/x")->blob, "a/b/silver/x");
  EXPECT_EQ(folder->path_of({"lake", "a/other"}), std::nullopt);
  EXPECT_EQ(layers->path_of({"logs", "a"}), std::nullopt);
}

TEST(AzureLayout, NamesThatAzureWouldChangeAreRefused) {
  const auto layout = AzureLayout::parse("abfss://speech.dfs.core.windows.net", {});
  for (const std::string& path : {std::string("gold/a\\b"), std::string("gold/a."), std::string("gold/a./b"), std::string("gold/a\nb"),
                                  std::string("gold/\xFF"), std::string("gold/\xC3"), "gold/" + std::string(1024, 'x')}) {
    EXPECT_FALSE(layout->blob_of(path)) << path;
  }
}

}  // namespace
}  // namespace voxlake::lake
