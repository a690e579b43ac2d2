// Every way to a token, against fakes that answer only what the real services would: each checks what it is asked as strictly as the
// documents describe it, and refuses anything else.
#include "azure/token_source.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "azure/base64.h"
#include "azure/cloud.h"
#include "azure/identity.h"
#include "net/scripted_server_test_support.h"
#include "net/surroundings.h"

namespace voxlake::azure {
namespace {

using net::Answer;
using net::ServedRequest;

/// A clock that a test turns on, and that waits only in it.
class TurnedClock : public net::Surroundings {
 public:
  std::chrono::system_clock::time_point date() override { return std::chrono::system_clock::time_point(std::chrono::seconds(now_.load())); }
  std::chrono::milliseconds pause(std::chrono::milliseconds length) override {
    waited_ms += length.count();
    return std::chrono::milliseconds(0);
  }
  void turn(int64_t seconds) { now_ += seconds; }
  int64_t seconds() const { return now_; }
  std::atomic<int64_t> waited_ms{0};

 private:
  std::atomic<int64_t> now_{1'800'000'000};
};

std::string decoded(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

/// `a=1&b=2`
std::map<std::string, std::string> form_of(const std::string& text) {
  std::map<std::string, std::string> form;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('&', start), text.size());
    const std::string one = text.substr(start, end - start);
    form[decoded(one.substr(0, one.find('=')))] = decoded(one.substr(std::min(one.find('=') + 1, one.size())));
    start = end + 1;
  }
  return form;
}

std::map<std::string, std::string> query_of(const std::string& target) {
  const size_t mark = target.find('?');
  return mark == std::string::npos ? std::map<std::string, std::string>() : form_of(target.substr(mark + 1));
}

std::string token_for(const std::string& audience, int number) {
  const nlohmann::json claims = {{"aud", audience}, {"oid", "the-object"}, {"appid", "the-client"}, {"tid", "the-tenant"}, {"n", number}};
  return base64url(R"({"alg":"RS256"})") + "." + base64url(claims.dump()) + ".c2ln";
}

class TokenSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "voxlake-token-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    options_.surroundings = clock_;
    options_.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1";  // nobody
    options_.environment["PATH"] = folder_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<TokenSource> source() {
    auto made = TokenSource::create(options_);
    EXPECT_TRUE(made);
    return made ? *made : nullptr;
  }

  /// Microsoft Entra ID: takes a client's secret.
  Answer entra(const ServedRequest& request) {
    const auto form = form_of(request.body);
    const auto field = [&](const char* name) { return form.contains(name) ? form.at(name) : std::string(); };
    const auto refuse = [](const std::string& error, const std::string& text) {
      return Answer{.status = 401, .body = nlohmann::json{{"error", error}, {"error_description", text}}.dump()};
    };
    if (request.method != "POST" || request.target != "/tenant-1/oauth2/v2.0/token") return {.status = 404};
    if (request.header("content-type") != "application/x-www-form-urlencoded") return {.status = 415};
    if (field("grant_type") != "client_credentials") return refuse("unsupported_grant_type", "AADSTS70003: no");
    if (field("client_id") != "client-1") return refuse("unauthorized_client", "AADSTS700016: Application not found");
    if (field("client_secret") != "s3cr&t=+ ") return refuse("invalid_client", "AADSTS7000215: Invalid client secret provided.");
    const std::string scope = field("scope");
    if (!scope.ends_with("/.default")) return refuse("invalid_scope", "AADSTS70011: no");
    return {.body = nlohmann::json{{"token_type", "Bearer"}, {"expires_in", 3600}, {"access_token", token_for(scope, ++tokens_)}}.dump()};
  }

  void use_service_principal() {
    options_.tenant_id = "tenant-1";
    options_.client_id = "client-1";
    options_.client_secret = Secret("s3cr&t=+ ");
    options_.environment["AZURE_AUTHORITY_HOST"] = server_.url("/");
    server_.script("*", {[this](const ServedRequest& request) { return entra(request); }});
  }

  void put_program(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    ::chmod((folder_ + "/" + name).c_str(), 0755);
  }

  net::ScriptedServer server_;
  std::shared_ptr<TurnedClock> clock_ = std::make_shared<TurnedClock>();
  Options options_;
  std::string folder_;
  std::atomic<int> tokens_{0};
};

TEST_F(TokenSourceTest, AServicePrincipalShowsItsSecret) {
  use_service_principal();
  const auto tokens = source();
  const auto token = tokens->token(storage_resource);
  ASSERT_TRUE(token) << token.error().to_string();
  EXPECT_EQ(identity_of(*token)->object, "the-object");
  EXPECT_EQ(identity_of(*token)->client, "the-client");
  EXPECT_EQ(tokens->use(storage_resource)->credential, "service principal (secret)");
}

TEST_F(TokenSourceTest, TheEnvironmentNamesAServicePrincipalToo) {
  use_service_principal();
  options_.tenant_id = options_.client_id = "";
  options_.client_secret = {};
  options_.environment["AZURE_TENANT_ID"] = "tenant-1";
  options_.environment["AZURE_CLIENT_ID"] = "client-1";
  options_.environment["AZURE_CLIENT_SECRET"] = "s3cr&t=+ ";
  EXPECT_TRUE(source()->token(storage_resource));
}

TEST_F(TokenSourceTest, AWrongSecretIsToldApartAndNotShown) {
  use_service_principal();
  options_.client_secret = Secret("WRONGSECRET");
  const auto token = source()->token(storage_resource);
  ASSERT_FALSE(token);
  const std::string text = token.error().to_string();
  EXPECT_NE(text.find("AADSTS7000215"), std::string::npos) << text;
  EXPECT_NE(text.find("client secret is wrong"), std::string::npos) << text;
  EXPECT_EQ(text.find("WRONGSECRET"), std::string::npos) << text;
}

TEST_F(TokenSourceTest, ARefusedCredentialIsNotFollowedByAnotherIdentity) {
  use_service_principal();
  options_.client_secret = Secret("WRONGSECRET");
  put_program("az", "#!/bin/sh\necho '{\"accessToken\": \"x\", \"expires_on\": 2000000000}'\n");
  EXPECT_FALSE(source()->token(storage_resource));
}

TEST_F(TokenSourceTest, ATokenIsKeptUntilShortlyBeforeItExpires) {
  use_service_principal();
  const auto tokens = source();
  const std::string first = tokens->token(storage_resource)->reveal();
  clock_->turn(3600 - 301);
  EXPECT_EQ(tokens->token(storage_resource)->reveal(), first);
  clock_->turn(2);
  EXPECT_NE(tokens->token(storage_resource)->reveal(), first);
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(TokenSourceTest, EachResourceHasItsOwnToken) {
  use_service_principal();
  const auto tokens = source();
  const std::string first = tokens->token(storage_resource)->reveal();
  EXPECT_NE(tokens->token("https://vault.azure.net")->reveal(), first);
  EXPECT_EQ(form_of(server_.requests().back().body)["scope"], "https://vault.azure.net/.default");
}

TEST_F(TokenSourceTest, OfManyThreadsOneFetches) {
  use_service_principal();
  server_.script("*", {[this](const ServedRequest& request) {
                   std::this_thread::sleep_for(std::chrono::milliseconds(50));
                   return entra(request);
                 }});
  const auto tokens = source();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { good += tokens->token(storage_resource) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 16);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(TokenSourceTest, WhoWaitedForAFetchThatFailedSharesTheFailure) {
  use_service_principal();
  options_.retries.attempts = 1;
  server_.script("*", {[](const ServedRequest&) {
                   std::this_thread::sleep_for(std::chrono::milliseconds(100));
                   return Answer{.status = 503};
                 }});
  const auto tokens = source();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_FALSE(tokens->token(storage_resource)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(server_.requests().size(), 8u);
}

TEST_F(TokenSourceTest, AnOldTokenServesWhileTheEndpointIsDown) {
  use_service_principal();
  options_.retries.attempts = 2;
  const auto tokens = source();
  const std::string first = tokens->token(storage_resource)->reveal();
  server_.script("*", {net::status(500)});
  clock_->turn(3400);
  EXPECT_EQ(tokens->token(storage_resource)->reveal(), first);
  clock_->turn(195);
  EXPECT_FALSE(tokens->token(storage_resource));
}

TEST_F(TokenSourceTest, ABusyEndpointIsAskedAgain) {
  use_service_principal();
  server_.script(
      "*", {net::status(429, {{"Retry-After", "11"}}), net::status(500), [this](const ServedRequest& request) { return entra(request); }});
  EXPECT_TRUE(source()->token(storage_resource));
  EXPECT_GE(clock_->waited_ms, 11'000);
}

TEST_F(TokenSourceTest, ARejectedTokenIsFetchedAnewOnce) {
  use_service_principal();
  const auto tokens = source();
  const Secret first = *tokens->token(storage_resource);
  tokens->reject(storage_resource, first);
  const Secret second = *tokens->token(storage_resource);
  EXPECT_NE(first.reveal(), second.reveal());
  tokens->reject(storage_resource, first);  // somebody else was slower
  EXPECT_EQ(tokens->token(storage_resource)->reveal(), second.reveal());
}

TEST_F(TokenSourceTest, ACertificateSignsAnAssertion) {
  use_service_principal();
  options_.client_secret = {};
  options_.client_certificate = folder_ + "/identity.pem";
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_set_pubkey(certificate.get(), key.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  std::FILE* file = std::fopen(options_.client_certificate.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  std::string assertion;
  server_.script("*", {[&](const ServedRequest& request) {
                   auto form = form_of(request.body);
                   if (form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                     return Answer{.status = 400};
                   assertion = form["client_assertion"];
                   return Answer{.body = R"({"expires_in":"3600","access_token":"t"})"};
                 }});
  const auto token = source()->token(storage_resource);
  ASSERT_TRUE(token) << token.error().to_string();
  const size_t second_dot = assertion.rfind('.');
  const size_t first_dot = assertion.find('.');
  const auto claims = nlohmann::json::parse(*from_base64url(assertion.substr(first_dot + 1, second_dot - first_dot - 1)));
  EXPECT_EQ(claims["aud"], server_.url("/tenant-1/oauth2/v2.0/token"));
  EXPECT_EQ(claims["iss"], "client-1");
  EXPECT_EQ(claims["sub"], "client-1");
  EXPECT_GT(claims["exp"], clock_->seconds());
  // The signature, by OpenSSL's own check (PS256).
  const std::string signature = *from_base64url(assertion.substr(second_dot + 1));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* padding = nullptr;
  ASSERT_EQ(EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, key.get()), 1);
  EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
  EXPECT_EQ(EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                             reinterpret_cast<const unsigned char*>(assertion.data()), second_dot),
            1);
}

TEST_F(TokenSourceTest, AWorkloadIdentityShowsItsServiceAccountsTokenAsItIsNow) {
  options_.credential = "workload";
  options_.environment["AZURE_TENANT_ID"] = "tenant-1";
  options_.environment["AZURE_CLIENT_ID"] = "client-1";
  options_.environment["AZURE_FEDERATED_TOKEN_FILE"] = folder_ + "/token";
  options_.environment["AZURE_AUTHORITY_HOST"] = server_.url("/");
  std::vector<std::string> shown;
  server_.script("*", {[&](const ServedRequest& request) {
                   shown.push_back(form_of(request.body)["client_assertion"]);
                   return Answer{.body = R"({"expires_in":3600,"access_token":"t"})"};
                 }});
  std::ofstream(folder_ + "/token") << "first\n";
  const auto tokens = source();
  EXPECT_TRUE(tokens->token(storage_resource));
  std::ofstream(folder_ + "/token") << "second";
  EXPECT_TRUE(tokens->token("https://vault.azure.net"));
  EXPECT_EQ(shown, (std::vector<std::string>{"first", "second"}));
}

TEST_F(TokenSourceTest, AFunctionsIdentityComesFromItsEndpoint) {
  options_.environment["IDENTITY_ENDPOINT"] = server_.url("/msi/token");
  options_.environment["IDENTITY_HEADER"] = "the-header";
  options_.client_id = "user-assigned";
  server_.script(
      "*", {[&](const ServedRequest& request) {
        auto query = query_of(request.target);
        const bool good = request.method == "GET" && request.header("x-identity-header") == "the-header" &&
                          query["api-version"] == "2019-08-01" && query["resource"] == storage_resource &&
                          query["client_id"] == "user-assigned";
        if (!good) return Answer{.status = 400, .body = "{}"};
        return Answer{.body = nlohmann::json{{"access_token", "t"}, {"expires_on", std::to_string(clock_->seconds() + 3600)}}.dump()};
      }});
  const auto tokens = source();
  ASSERT_TRUE(tokens->token(storage_resource)) << tokens->token(storage_resource).error().to_string();
  EXPECT_EQ(tokens->use(storage_resource)->credential, "managed identity (App Service)");
  EXPECT_EQ(tokens->use(storage_resource)->absent.size(), 2u);
}

class MetadataTest : public TokenSourceTest {
 protected:
  void SetUp() override {
    TokenSourceTest::SetUp();
    options_.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = server_.url("");
  }
  Answer metadata(const ServedRequest& request) {
    auto query = query_of(request.target);
    if (request.header("metadata") != "true" || query["api-version"] != "2018-02-01" || query["resource"].empty()) {
      return {.status = 400, .body = R"({"error":"invalid_request"})"};
    }
    return {.body = nlohmann::json{{"access_token", "t"}, {"expires_in", "86000"}}.dump()};
  }
};

TEST_F(MetadataTest, AMachinesIdentityComesFromTheMetadataService) {
  server_.script("*", {[&](const ServedRequest& request) { return metadata(request); }});
  const auto tokens = source();
  ASSERT_TRUE(tokens->token(storage_resource));
  EXPECT_EQ(tokens->use(storage_resource)->credential, "managed identity (machine)");
}

TEST_F(MetadataTest, AMetadataServiceThatIsBeingUpdatedIsWaitedFor) {
  server_.script("*", {net::status(400), net::status(410), net::status(429), net::status(503),
                       [&](const ServedRequest& request) { return metadata(request); }});
  EXPECT_TRUE(source()->token(storage_resource));
  EXPECT_EQ(server_.requests().size(), 5u);
}

TEST_F(MetadataTest, AnUpdateOfTheMetadataServiceIsOutlasted) {
  server_.script("*", {[&](const ServedRequest& request) {
                   if (query_of(request.target)["resource"].empty()) return Answer{.status = 400};
                   return clock_->waited_ms < 70'000 ? Answer{.status = 410} : metadata(request);
                 }});
  EXPECT_TRUE(source()->token(storage_resource));
}

TEST_F(MetadataTest, AMachineWithoutAnIdentityIsLeftForTheNextCredential) {
  server_.script("*", {net::status(400)});
  put_program("az", "#!/bin/sh\necho '{\"accessToken\": \"cli\", \"expires_on\": 2000000000}'\n");
  EXPECT_EQ(source()->token(storage_resource)->reveal(), "cli");
}

TEST_F(TokenSourceTest, TheCommandLinesLoginIsAskedForTheResource) {
  options_.environment["VOXLAKE_AZURE_SAS"] = "not for a child";
  put_program("az",
              "#!/bin/sh\n[ -z \"$VOXLAKE_AZURE_SAS\" ] || exit 9\n"
              "[ \"$*\" = \"account get-access-token --resource https://storage.azure.com/ -o json\" ] || exit 8\n"
              "echo '{\"accessToken\": \"cli\", \"expiresOn\": \"2037-11-04 15:34:48.000000\", \"tokenType\": \"Bearer\"}'\n");
  const auto tokens = source();
  const auto token = tokens->token(storage_resource);
  ASSERT_TRUE(token) << token.error().to_string();
  EXPECT_EQ(token->reveal(), "cli");
  EXPECT_EQ(tokens->use(storage_resource)->credential, "Azure CLI");
}

TEST_F(TokenSourceTest, WhereNothingAppliesEveryReasonIsTold) {
  put_program("az", "#!/bin/sh\necho 'ERROR: Please run az login to setup account.' >&2\nexit 1\n");
  const auto token = source()->token(storage_resource);
  ASSERT_FALSE(token);
  const std::string text = token.error().to_string();
  for (const char* part : {"AZURE_TENANT_ID is not set", "AZURE_FEDERATED_TOKEN_FILE is not set", "IDENTITY_ENDPOINT",
                           "no metadata service", "nobody has signed in"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
  }
}

TEST_F(TokenSourceTest, ATenantThatLeadsElsewhereIsRefused) {
  use_service_principal();
  options_.tenant_id = "tenant-1/../other?";
  EXPECT_EQ(source()->token(storage_resource).error().kind, ErrorKind::invalid_argument);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(TokenSourceTest, AnAuthorityWithoutTlsElsewhereIsRefused) {
  use_service_principal();
  options_.environment["AZURE_AUTHORITY_HOST"] = "http://login.example.org";
  EXPECT_EQ(source()->token(storage_resource).error().kind, ErrorKind::invalid_argument);
}

TEST(Secret, IsOverwrittenWhenItGoes) {
  std::string text = "a text that is longer than what a string keeps in place";
  const char* at = text.data();
  Secret secret(std::move(text));
  EXPECT_EQ(secret.reveal().data(), at);
  std::string taken = secret.reveal();
  wipe(taken);
  EXPECT_TRUE(taken.empty());
  EXPECT_EQ(std::string(taken.data(), 8), std::string(8, '\0'));
}

}  // namespace
}  // namespace voxlake::azure
