// The conformance suite of the storage seam, and what only Azure's storage does, against Azurite.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "azure/azurite_test_support.h"
#include "lake/azure_storage.h"
#include "lake/fault_storage.h"
#include "lake/storage_conformance_test_support.h"
#include "net/scripted_server_test_support.h"

namespace voxlake::lake {
namespace {

using azure::Azurite;
using azure::BlobName;

Azurite& azurite(Azurite::Speaks speaks) {
  static Azurite plain(Azurite::Speaks::http);
  static Azurite secure(Azurite::Speaks::https);
  return speaks == Azurite::Speaks::http ? plain : secure;
}

std::string fresh_container() {
  static std::atomic<int> number{0};
  return "lake" + std::to_string(++number);
}

std::string container_uri(const std::string& container, const std::string& folder = "") {
  return "abfss://" + container + "@" + Azurite::account + ".dfs.core.windows.net" + folder;
}

std::unique_ptr<AzureStorage> open_azure(const std::string& uri, const azure::Options& options, UploadOptions upload = {}) {
  auto opened = AzureStorage::open(uri, options, upload);
  if (!opened) {
    ADD_FAILURE() << opened.error().to_string();
    return nullptr;
  }
  return std::move(*opened);
}

std::shared_ptr<Storage> by_key() {
  return open_azure(container_uri(fresh_container()), azurite(Azurite::Speaks::http).options());
}

std::shared_ptr<Storage> by_key_in_a_folder() {
  return open_azure(container_uri(fresh_container(), "/team a/lake"), azurite(Azurite::Speaks::http).options());
}

std::shared_ptr<Storage> by_signature() {
  azure::Options options = azurite(Azurite::Speaks::http).options();
  options.credential = "sas";
  options.account_key = {};
  options.sas = Azurite::sas();
  return open_azure(container_uri(fresh_container()), options);
}

/// A token endpoint that says yes to everybody.
std::string authority() {
  static net::ScriptedServer server;
  server.script("*", {[](const net::ServedRequest&) {
                  return net::Answer{.body = R"({"token_type":"Bearer","expires_in":3599,"access_token":")" +
                                             Azurite::token("https://storage.azure.com") + "\"}"};
                }});
  return server.url("");
}

azure::Options token_options() {
  azure::Options options = azurite(Azurite::Speaks::https).options();
  options.credential = "environment";
  options.account_key = {};
  options.tenant_id = "contoso.example";
  options.client_id = "11111111-1111-1111-1111-111111111111";
  options.client_secret = azure::Secret("not so secret");
  options.environment["AZURE_AUTHORITY_HOST"] = authority();
  return options;
}

std::shared_ptr<Storage> by_token() {
  return open_azure(container_uri(fresh_container()), token_options());
}

/// A container for each layer: one such lake an account, so it is emptied first.
std::shared_ptr<Storage> by_layers() {
  auto storage = open_azure("abfss://" + std::string(Azurite::account) + ".dfs.core.windows.net", azurite(Azurite::Speaks::http).options());
  const auto files = storage->list("");
  if (!files) return nullptr;
  for (const FileInfo& file : *files) {
    if (!storage->remove(file.path)) return nullptr;
  }
  return storage;
}

INSTANTIATE_TEST_SUITE_P(Azurite, StorageConformance,
                         testing::Values(StoreKind{"azurite_by_key", by_key}, StoreKind{"azurite_by_key_in_a_folder", by_key_in_a_folder},
                                         StoreKind{"azurite_by_signature", by_signature}, StoreKind{"azurite_by_token", by_token},
                                         StoreKind{"azurite_layers", by_layers},
                                         StoreKind{"fault_over_azurite", [] { return std::make_shared<FaultStorage>(by_key()); }}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Azurite, LargeFileConformance, testing::Values(StoreKind{"azurite_by_key", by_key}),
                         [](const auto& info) { return info.param.name; });

TEST(AzureStorage, LayersAreContainersAndTheRestIsBelowRoot) {
  const auto storage = by_layers();
  ASSERT_NE(storage, nullptr);
  ASSERT_TRUE(storage->put("bronze/voxforge/a.tgz", "archive"));
  ASSERT_TRUE(storage->put("report.html", "page"));
  ASSERT_TRUE(storage->put("miscellaneous/manifest/index.json", "{}"));
  EXPECT_EQ(storage->address("bronze/voxforge/a.tgz"), "abfss://bronze@devstoreaccount1.dfs.core.windows.net/voxforge/a.tgz");
  EXPECT_EQ(storage->address("report.html"), "abfss://miscellaneous@devstoreaccount1.dfs.core.windows.net/root/report.html");
  std::vector<std::string> found;
  const auto all = storage->list("");
  ASSERT_TRUE(all);
  for (const FileInfo& file : *all) found.push_back(file.path);
  EXPECT_EQ(found, (std::vector<std::string>{"bronze/voxforge/a.tgz", "miscellaneous/manifest/index.json", "report.html"}));
  EXPECT_EQ(storage->list("miscellaneous")->size(), 1u);
  EXPECT_EQ(storage->put("miscellaneous/root/x", "").error().kind, ErrorKind::invalid_argument);
}

TEST(AzureStorage, ListsMoreFilesThanOnePageHolds) {
  azure::Options options = azurite(Azurite::Speaks::http).options();
  options.list_page = 7;
  const auto storage = open_azure(container_uri(fresh_container()), options);
  constexpr int files = 50;
  for (int number = 0; number < files; ++number) ASSERT_TRUE(storage->put("many/" + std::to_string(number), ""));
  const auto listed = storage->list("many");
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), static_cast<size_t>(files));
}

/// Peak resident memory of this process, in bytes.
int64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoll(line.c_str() + 6, nullptr, 10) << 10;
  }
  return 0;
}

TEST(AzureStorage, AFileGoesThroughBoundedMemory) {
  const auto storage = open_azure(container_uri(fresh_container()), azurite(Azurite::Speaks::http).options(),
                                  {.block_bytes = 2 << 20, .bytes_in_flight = 16 << 20});
  const std::string piece(1 << 20, 'x');
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak so far is another test's
  [[maybe_unused]] const int64_t before = peak_bytes();
  auto file = storage->create("silver/large");
  ASSERT_TRUE(file);
  constexpr int pieces = 256;
  for (int i = 0; i < pieces; ++i) ASSERT_TRUE((*file)->write(std::as_bytes(std::span(piece))));
  ASSERT_TRUE((*file)->close());
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed for a while
  EXPECT_LT(peak_bytes() - before, int64_t{48} << 20);
#endif
  EXPECT_EQ(storage->info("silver/large")->bytes, int64_t{pieces} << 20);
}

TEST(AzureStorage, TwoWritersOfTheSameBlocksBothSucceed) {
  const auto storage = open_azure(container_uri(fresh_container()), azurite(Azurite::Speaks::http).options(), {.block_bytes = 1 << 20});
  const std::string content(5 << 20, 'x');
  const std::string other(5 << 20, 'y');
  const auto write = [&](const std::string& bytes) {
    auto file = storage->create("gold/part");
    EXPECT_TRUE(file && (*file)->write(std::as_bytes(std::span(bytes))));
    return std::move(*file);
  };
  auto first = write(content), second = write(content), third = write(other);
  EXPECT_TRUE(first->close());
  const Status same = second->close();  // its blocks went when the first was committed
  EXPECT_TRUE(same) << same.error().to_string();
  EXPECT_EQ(third->close().error().kind, ErrorKind::conflict);
  EXPECT_TRUE(*storage->read("gold/part") == content);
}

TEST(AzureStorage, WhatIsLeftOfAWriterThatDiedIsSeenByNobody) {
  const auto storage = open_azure(container_uri(fresh_container()), azurite(Azurite::Speaks::http).options(), {.block_bytes = 1 << 20});
  const std::string content(3 << 20, 'x');
  {
    auto file = storage->create("gold/part");
    ASSERT_TRUE(file && (*file)->write(std::as_bytes(std::span(content))));
  }
  EXPECT_EQ(storage->read("gold/part").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(storage->list("")->empty());
  EXPECT_TRUE(storage->put_if_absent("gold/part", "new"));
}

TEST(AzureStorage, AWrongKeyIsNamedAndNotShown) {
  azure::Options options = azurite(Azurite::Speaks::http).options();
  const std::string wrong = azure::base64("another key, thirty-two bytes ..");
  options.account_key = azure::Secret(std::string(wrong));
  const auto storage = open_azure(container_uri(fresh_container()), options);
  const Status put = storage->put("a", "b");
  ASSERT_FALSE(put);
  const std::string text = put.error().to_string();
  EXPECT_NE(text.find("403"), std::string::npos) << text;
  EXPECT_EQ(text.find(wrong), std::string::npos) << text;
}

TEST(AzureStorage, AnExpiredTokenIsRenewedOnceAndTheCallGoesOn) {
  net::ScriptedServer server;
  const auto token = [](int64_t lasts_seconds) {
    return net::answer(
        {.body = R"({"expires_in":3599,"access_token":")" + Azurite::token("https://storage.azure.com", lasts_seconds) + "\"}"});
  };
  server.script("*", {token(-30), token(3600)});
  azure::Options options = token_options();
  options.environment["AZURE_AUTHORITY_HOST"] = server.url("");
  const auto storage = open_azure(container_uri(fresh_container()), options);
  const Status put = storage->put("a", "b");
  EXPECT_TRUE(put) << put.error().to_string();
  EXPECT_EQ(server.requests().size(), 2u);
}

}  // namespace
}  // namespace voxlake::lake
