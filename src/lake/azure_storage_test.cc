// What an account with a hierarchical namespace adds, against a scripted fake of the documented contract: Azurite has none. The rest is
// tested against Azurite, in tests/azure.
#include "lake/azure_storage.h"

#include <gtest/gtest.h>

#include "azure/base64.h"
#include "lake/drop_table.h"
#include "net/scripted_server_test_support.h"

namespace voxlake::lake {
namespace {

using net::Answer;
using net::ServedRequest;

/// An account that holds the table gold/features/old and knows folders, if it is `hierarchical`.
class Account {
 public:
  explicit Account(bool hierarchical) : hierarchical_(hierarchical) {
    server_.script("*", {[this](const ServedRequest& request) { return answer(request); }});
  }

  std::shared_ptr<Storage> open() {
    azure::Options options;
    options.credential = "key";
    options.account_key = azure::Secret(azure::base64("a key of an account"));
    options.endpoint = server_.url("/account");
    return *AzureStorage::open("abfss://account.dfs.core.windows.net", options);
  }

  int removals(bool recursive) const {
    int count = 0;
    for (const auto& request : server_.requests()) {
      count += request.method == "DELETE" && (request.target == "/account/gold/features/old?recursive=true") == recursive;
    }
    return count;
  }

 private:
  Answer answer(const ServedRequest& request) const {
    if (request.method == "GET") {
      const std::string folders =
          "<Blob><Name>features/old</Name><Properties><Content-Length>0</Content-Length>"
          "<ResourceType>directory</ResourceType></Properties><Metadata/></Blob>";
      std::string files;
      for (const char* name :
           {"_delta_log/00000000000000000000.json", "_delta_log/00000000000000000001.json", "part-00000-0123456789abcdef.snappy.parquet"}) {
        files += "<Blob><Name>features/old/" + std::string(name) +
                 "</Name><Properties><Content-Length>9</Content-Length></Properties><Metadata/></Blob>";
      }
      return {.body = "<?xml version=\"1.0\"?><EnumerationResults><Blobs>" + (hierarchical_ ? folders : "") + files +
                      "</Blobs><NextMarker/></EnumerationResults>"};
    }
    if (request.method == "HEAD" && hierarchical_) {
      return {.headers = {{"x-ms-resource-type", "directory"}, {"x-ms-meta-hdi_isfolder", "true"}}};
    }
    if (request.method == "HEAD") return {.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}};
    return {.status = hierarchical_ ? 200 : 202};
  }

  const bool hierarchical_;
  net::ScriptedServer server_;
};

TEST(AzureStorage, WithAHierarchicalNamespaceATableGoesByOneRequest) {
  Account account(/*hierarchical=*/true);
  const Status dropped = drop_table(account.open(), "gold/features/old");
  EXPECT_TRUE(dropped) << dropped.error().to_string();
  EXPECT_EQ(account.removals(/*recursive=*/true), 1);
  EXPECT_EQ(account.removals(/*recursive=*/false), 0);
}

TEST(AzureStorage, WithoutOneItGoesFileByFile) {
  Account account(/*hierarchical=*/false);
  const Status dropped = drop_table(account.open(), "gold/features/old");
  EXPECT_TRUE(dropped) << dropped.error().to_string();
  EXPECT_EQ(account.removals(/*recursive=*/true), 0);
  EXPECT_EQ(account.removals(/*recursive=*/false), 3);
}

}  // namespace
}  // namespace voxlake::lake
