// How the client of the blob service meets lost answers, busy services and refusals. That it speaks the service's language is tested
// against Azurite, in tests/azure.
#include "azure/blob_client.h"

#include <gtest/gtest.h>

#include <functional>

#include "azure/base64.h"
#include "azure/blob_list.h"
#include "net/scripted_server_test_support.h"

namespace voxlake::azure {
namespace {

using net::Answer;
using net::Behaviour;
using net::Ending;
using net::ServedRequest;

/// Time that does not pass.
class Hurried : public net::Surroundings {
 public:
  std::chrono::milliseconds pause(std::chrono::milliseconds length) override {
    asked += length;
    return std::chrono::milliseconds(0);
  }
  std::chrono::milliseconds asked{0};
};

class BlobClientTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.credential = "key";
    options_.account_key = Secret(base64("a key of an account"));
    options_.surroundings = surroundings_;
    options_.retries.attempts = 4;
    auto client = BlobClient::create({"account", server_.url("/account")}, options_, nullptr);
    ASSERT_TRUE(client);
    client_ = *client;
  }

  Answer refusal(int status, const std::string& code) { return {.status = status, .headers = {{"x-ms-error-code", code}}}; }

  net::ScriptedServer server_;
  std::shared_ptr<Hurried> surroundings_ = std::make_shared<Hurried>();
  Options options_;
  std::shared_ptr<BlobClient> client_;
  const BlobName name_{"gold", "t/_delta_log/00000000000000000003.json"};
};

/// A service that keeps one blob, and loses the answers that it is told to.
class OneBlob {
 public:
  explicit OneBlob(int lost_answers) : lost_answers_(lost_answers) {}
  Answer operator()(const ServedRequest& request) {
    if (request.method == "HEAD") {
      if (!there_) return {.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}};
      return {.status = 200, .headers = {{"x-ms-meta-voxlake_write", mark_}}};
    }
    Answer answer{.status = 201};
    if (there_ && request.header("if-none-match") == "*") {
      answer = {.status = 409, .headers = {{"x-ms-error-code", "BlobAlreadyExists"}}};
    } else {
      there_ = true;
      mark_ = request.header("x-ms-meta-voxlake_write");
    }
    if (lost_answers_-- > 0) return {.ending = Ending::reset, .silent = true};
    return answer;
  }
  bool there_ = false;
  std::string mark_;

 private:
  int lost_answers_;
};

TEST_F(BlobClientTest, PutIfAbsentWhoseAnswerWasLostIsASuccess) {
  OneBlob blob(1);
  server_.script("*", {std::ref(blob)});
  const Status put = client_->put(name_, "{}", PutCondition::if_absent);
  EXPECT_TRUE(put) << put.error().to_string();
}

TEST_F(BlobClientTest, PutIfAbsentAfterALostAnswerStillLosesToAnotherWriter) {
  OneBlob blob(1);
  blob.there_ = true;
  blob.mark_ = "another's";
  server_.script("*", {std::ref(blob)});
  const Status put = client_->put(name_, "{}", PutCondition::if_absent);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::already_exists);
}

TEST_F(BlobClientTest, PutIfAbsentOfWhichNoAttemptWasAnsweredIsReadBack) {
  OneBlob blob(4);
  server_.script("*", {std::ref(blob)});
  EXPECT_TRUE(client_->put(name_, "{}", PutCondition::if_absent));
}

TEST_F(BlobClientTest, PutIfAbsentIsReadBackAfterServerErrorsToo) {
  OneBlob blob(0);
  // It wrote the blob, and then said that it could not.
  server_.script("*", {[&](const ServedRequest& request) {
                         blob(request);
                         return Answer{.status = 500};
                       },
                       std::ref(blob)});
  EXPECT_TRUE(client_->put(name_, "{}", PutCondition::if_absent));
}

TEST_F(BlobClientTest, PutIfAbsentThatLosesAtOnceAsksNothingMore) {
  OneBlob blob(0);
  blob.there_ = true;
  server_.script("*", {std::ref(blob)});
  EXPECT_EQ(client_->put(name_, "{}", PutCondition::if_absent).error().kind, ErrorKind::already_exists);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(BlobClientTest, ABusyServiceIsAskedAgainAsItSays) {
  server_.script("*", {net::status(503, {{"Retry-After", "7"}}), net::status(429), net::answer({.status = 200, .body = "content"})});
  EXPECT_EQ(*client_->read(name_), "content");
  EXPECT_GE(surroundings_->asked, std::chrono::seconds(7));
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(BlobClientTest, AServiceThatStaysBusyIsGivenUpOn) {
  server_.script("*", {net::status(503)});
  const auto read = client_->read(name_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::network);
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(BlobClientTest, ATruncatedAnswerIsAskedForAgain) {
  server_.script("*", {net::answer({.status = 206, .body = "cont", .announced_bytes = 7, .ending = Ending::close}),
                       net::answer({.status = 206, .body = "content"})});
  EXPECT_EQ(*client_->read_range(name_, 0, 7), "content");
}

TEST_F(BlobClientTest, ARefusalSaysWhichRoleIsMissing) {
  server_.script("*", {net::answer(refusal(403, "AuthorizationPermissionMismatch"))});
  const auto read = client_->read(name_);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().remedy.find("Storage Blob Data Contributor"), std::string::npos);
}

TEST_F(BlobClientTest, ARedirectIsNotFollowed) {
  net::ScriptedServer elsewhere;
  elsewhere.script("*", {net::answer({.status = 200, .body = "stolen"})});
  server_.script("*", {net::answer({.status = 307, .headers = {{"Location", elsewhere.url("/x")}}})});
  EXPECT_FALSE(client_->read(name_));
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(BlobClientTest, AFolderOfAHierarchicalNamespaceIsNoFile) {
  server_.script("*", {net::answer({.status = 200, .headers = {{"x-ms-meta-hdi_isfolder", "true"}}})});
  EXPECT_EQ(client_->read(name_).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(client_->properties(name_)->is_folder);
}

TEST_F(BlobClientTest, AFolderOfAHierarchicalNamespaceGoesWithAllThatIsInItPieceByPiece) {
  server_.script("*", {net::answer({.status = 200, .headers = {{"x-ms-continuation", "page 2/="}}}), net::status(503),
                       net::answer({.status = 200, .headers = {{"x-ms-continuation", ""}}})});
  const Status removed = client_->remove_folder({"gold", "features/old set"});
  EXPECT_TRUE(removed) << removed.error().to_string();
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].method, "DELETE");
  EXPECT_EQ(requests[0].target, "/account/gold/features/old%20set?recursive=true");
  EXPECT_EQ(requests[1].target, "/account/gold/features/old%20set?recursive=true&continuation=page%202%2F%3D");
  EXPECT_EQ(requests[2].target, requests[1].target);
  EXPECT_EQ(requests[0].header("authorization").find("SharedKey account:"), 0u);
}

TEST_F(BlobClientTest, FoldersAreRemovedAtTheAccountsDfsAddress) {
  server_.script("*", {net::answer({.status = 200})});
  const std::string port = server_.url("").substr(server_.url("").rfind(':'));
  const auto client = BlobClient::create({"account", "http://account.blob.localhost" + port}, options_, nullptr);
  ASSERT_TRUE(client) << client.error().to_string();
  const Status removed = (*client)->remove_folder(name_);
  EXPECT_TRUE(removed) << removed.error().to_string();
  EXPECT_EQ(server_.requests().front().header("host"), "account.dfs.localhost" + port);
}

TEST_F(BlobClientTest, AFolderWhoseRemovalWasNotAnsweredIsGone) {
  server_.script("*", {net::answer({.ending = Ending::reset, .silent = true}), net::answer(refusal(404, "PathNotFound"))});
  EXPECT_TRUE(client_->remove_folder(name_));
  server_.script("*", {net::answer(refusal(403, "AuthorizationPermissionMismatch"))});
  EXPECT_FALSE(client_->remove_folder(name_));
}

TEST_F(BlobClientTest, OnlyAHierarchicalNamespaceTellsWhatKindOfResourceSomethingIs) {
  server_.script("*", {net::answer({.status = 200, .headers = {{"x-ms-meta-hdi_isfolder", "true"}, {"x-ms-resource-type", "directory"}}}),
                       net::answer({.status = 200, .headers = {{"x-ms-meta-hdi_isfolder", "true"}}})});
  EXPECT_TRUE(client_->properties(name_)->in_hierarchy);
  EXPECT_FALSE(client_->properties(name_)->in_hierarchy);
}

TEST_F(BlobClientTest, AMissingContainerIsMadeByTheFirstWrite) {
  server_.script("/account/gold/x", {net::answer(refusal(404, "ContainerNotFound")), net::answer({.status = 201})});
  server_.script("/account/gold?restype=container", {net::answer({.status = 201})});
  EXPECT_TRUE(client_->put({"gold", "x"}, "1", PutCondition::always));
}

TEST(BlobClient, ASignatureIsNeverShown) {
  net::ScriptedServer server;
  server.script("*", {net::status(403)});
  Options options;
  options.credential = "sas";
  options.sas = Secret("?sv=2020-12-06&sig=SECRETSECRET%3D");
  const auto client = BlobClient::create({"account", server.url("/account")}, options, nullptr);
  ASSERT_TRUE(client);
  const auto read = (*client)->read({"gold", "x"});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().to_string().find("SECRET"), std::string::npos);
  EXPECT_EQ(server.requests().front().target, "/account/gold/x?sv=2020-12-06&sig=SECRETSECRET%3D");
}

TEST(BlobClient, TokensAreNotSentOverPlainHttp) {
  Options options;
  const auto client = BlobClient::create({"account", "http://127.0.0.1:1/account"}, options, *TokenSource::create(options));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::invalid_argument);
}

TEST(BlobClient, KeysAreNotSentToPlainHttpElsewhere) {
  Options options;
  options.credential = "key";
  options.account_key = Secret("a2V5");
  EXPECT_FALSE(BlobClient::create({"account", "http://storage.example.org"}, options, nullptr));
}

TEST(BlobList, FoldersAreToldFromFilesAndNamesAreUnescaped) {
  const auto page = parse_blob_list(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"x\"><Blobs>"
      "<Blob><Name>a &amp; b/\xC3\xA9</Name><Properties><Last-Modified>Sun, 06 Nov 1994 08:49:37 GMT</Last-Modified>"
      "<Content-Length>12</Content-Length></Properties><Metadata/></Blob>"
      "<Blob><Name>a</Name><Properties><Content-Length>0</Content-Length><ResourceType>directory</ResourceType></Properties></Blob>"
      "<Blob><Name>b</Name><Properties/><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>"
      "</Blobs><NextMarker>2!abc</NextMarker></EnumerationResults>",
      "cannot list");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->blobs.size(), 3u);
  EXPECT_EQ(page->blobs[0].name, "a & b/\xC3\xA9");
  EXPECT_EQ(page->blobs[0].bytes, 12);
  EXPECT_EQ(page->blobs[0].modified_ms, 784'111'777'000);
  EXPECT_FALSE(page->blobs[0].is_folder);
  EXPECT_TRUE(page->blobs[1].is_folder && page->blobs[2].is_folder);
  EXPECT_EQ(page->next, "2!abc");
  EXPECT_FALSE(parse_blob_list("<html>", "cannot list"));
}

TEST_F(BlobClientTest, ABlockFromAUrlSaysWhereItIsAndWhichPartIsMeant) {
  server_.script("*", {net::answer({.status = 201})});
  ASSERT_TRUE(client_->put_block_from_url(name_, "id-00001", "http://host.example/a%20b.tgz", 8, 100, "\"v1\""));
  const ServedRequest request = server_.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_NE(request.target.find("comp=block&blockid=aWQtMDAwMDE%3D"), std::string::npos) << request.target;
  EXPECT_EQ(request.header("x-ms-copy-source"), "http://host.example/a%20b.tgz");
  EXPECT_EQ(request.header("x-ms-source-range"), "bytes=8-107");
  EXPECT_EQ(request.header("x-ms-source-if-match"), "\"v1\"");
  EXPECT_EQ(request.header("content-length"), "0");
}

TEST_F(BlobClientTest, ASourceThatTheServiceCannotReadIsAnError) {
  server_.script("*", {net::answer(refusal(403, "CannotVerifyCopySource"))});
  const Status status = client_->put_block_from_url(name_, "id", "http://host.example/a.tgz", 0, 1, "");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("CannotVerifyCopySource"), std::string::npos) << status.error().message;
  EXPECT_EQ(server_.requests().at(0).header("x-ms-source-if-match"), "");
}

}  // namespace
}  // namespace voxlake::azure
