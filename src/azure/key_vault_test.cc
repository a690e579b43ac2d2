#include "azure/key_vault.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "net/tls_server_test_support.h"

namespace voxlake::azure {
namespace {

/// Gives out `token-1`, `token-2`, …
class CountingCredential final : public Credential {
 public:
  explicit CountingCredential(std::vector<std::string>& resources) : resources_(resources) {}
  std::string name() const override { return "counting"; }
  Fetched fetch(const std::string& resource) override {
    resources_.push_back(resource);
    return AccessToken{Secret("token-" + std::to_string(resources_.size())), std::chrono::system_clock::now() + std::chrono::hours(1)};
  }

 private:
  std::vector<std::string>& resources_;
};

class KeyVaultTest : public testing::Test {
 protected:
  void SetUp() override {
    certificate_ = std::filesystem::temp_directory_path() / ("voxlake-vault-" + std::to_string(::getpid()) + ".pem");
    std::ofstream(certificate_) << identity_.pem();
    options_.ca_file = certificate_;
    options_.vault_endpoint = server_.url("/");
    options_.retries = {.attempts = 2, .first_backoff = std::chrono::milliseconds(1), .longest_backoff = std::chrono::milliseconds(1)};
    std::vector<std::unique_ptr<Credential>> chain;
    chain.push_back(std::make_unique<CountingCredential>(resources_));
    tokens_ = std::make_shared<TokenSource>(std::move(chain), nullptr);
    server_.answer_with([this](const std::string& head) {
      heads_.push_back(head);
      const auto& [status, body] = answers_.at(std::min(heads_.size(), answers_.size()) - 1);
      return "HTTP/1.1 " + std::to_string(status) +
             " x\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    });
  }
  void TearDown() override { std::filesystem::remove(certificate_); }

  Result<Secret> read(const std::string& reference = "keyvault://my-vault/sas-token") {
    return KeyVault(options_, tokens_).read(reference);
  }

  static std::string secret(nlohmann::json attributes = {{"enabled", true}}) {
    return nlohmann::json{{"value", "TOPSECRET"}, {"id", "https://my-vault.vault.azure.net/secrets/x/1"}, {"attributes", attributes}}
        .dump();
  }
  static std::string refusal(const std::string& code, const std::string& inner) {
    return nlohmann::json{{"error", {{"code", code}, {"message", "no"}, {"innererror", {{"code", inner}}}}}}.dump();
  }

  net::SelfSigned identity_;
  net::TlsServer server_{identity_, "", false};
  std::vector<std::pair<int, std::string>> answers_;
  std::vector<std::string> heads_;
  std::vector<std::string> resources_;
  std::filesystem::path certificate_;
  Options options_;
  std::shared_ptr<TokenSource> tokens_;
};

TEST_F(KeyVaultTest, ASecretIsReadWithATokenForVaults) {
  answers_ = {{200, secret()}};
  const auto value = read("keyvault://my-vault/sas-token/0123abc");
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(value->reveal(), "TOPSECRET");
  EXPECT_TRUE(heads_[0].starts_with("GET /secrets/sas-token/0123abc?api-version=7.4 HTTP/1.1\r\n")) << heads_[0];
  EXPECT_NE(heads_[0].find("Authorization: Bearer token-1\r\n"), std::string::npos);
  EXPECT_EQ(resources_, std::vector<std::string>{"https://vault.azure.net"});
}

TEST_F(KeyVaultTest, ARefusedTokenIsRenewedOnce) {
  answers_ = {{401, "{}"}, {200, secret()}};
  EXPECT_TRUE(read());
  EXPECT_NE(heads_[1].find("Bearer token-2"), std::string::npos);
  answers_ = {{401, "{}"}};
  heads_.clear();
  EXPECT_FALSE(read());
  EXPECT_EQ(heads_.size(), 2u);
}

TEST_F(KeyVaultTest, EachRefusalSaysWhatToDoAndNothingOfTheValue) {
  const std::vector<std::tuple<int, std::string, std::string>> cases = {
      {403, refusal("Forbidden", "ForbiddenByRbac"), "Key Vault Secrets User"},
      {403, refusal("Forbidden", "SecretDisabled"), "enable the secret"},
      {403, refusal("Forbidden", "ForbiddenByFirewall"), "firewall"},
      {404, refusal("SecretNotFound", "x"), "check the secret's name"},
      {429, "{}", "run again later"},
      {200, secret({{"enabled", false}}), "enable the secret"},
      {200, secret({{"enabled", true}, {"exp", 1}}), "new version"},
      {200, secret({{"enabled", true}, {"nbf", 99'999'999'999}}), "activation date"},
  };
  for (const auto& [status, body, remedy] : cases) {
    answers_ = {{status, body}};
    heads_.clear();
    const auto value = read();
    ASSERT_FALSE(value) << body;
    EXPECT_NE(value.error().remedy.find(remedy), std::string::npos) << value.error().to_string();
    EXPECT_EQ(value.error().to_string().find("TOPSECRET"), std::string::npos);
    EXPECT_EQ(value.error().kind == ErrorKind::not_found, status == 404);
  }
}

TEST_F(KeyVaultTest, ABusyVaultIsAskedAgain) {
  answers_ = {{429, "{}"}, {200, secret()}};
  EXPECT_TRUE(read());
}

TEST_F(KeyVaultTest, ACertificateThatNobodyKnowsIsNotTrusted) {
  options_.ca_file.clear();
  answers_ = {{200, secret()}};
  EXPECT_FALSE(read());
  EXPECT_TRUE(heads_.empty());
}

TEST(VaultReference, IsReadStrictly) {
  const auto good = parse_vault_reference("keyvault://my-vault/name/1");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->vault + " " + good->name + " " + good->version, "my-vault name 1");
  EXPECT_TRUE(parse_vault_reference("keyvault://abc/x"));
  for (const char* text : {"keyvault://abc", "keyvault://abc/", "keyvault:///x", "keyvault://a.evil.example/x", "keyvault://abc/x/y/z",
                           "keyvault://abc/x?y", "keyvault://abc/../x", "https://abc/x", "keyvault://ab/x"}) {
    EXPECT_FALSE(parse_vault_reference(text)) << text;
  }
}

}  // namespace
}  // namespace voxlake::azure
