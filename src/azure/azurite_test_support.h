#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "azure/base64.h"
#include "azure/options.h"
#include "net/tls_server_test_support.h"

namespace voxlake::azure {

/// Azurite, Microsoft's emulator of the blob service, on a free port of this machine while this object lives.
class Azurite {
 public:
  static constexpr const char* account = "devstoreaccount1";
  /// The key that every emulator has; it is documented, and no secret.
  static Secret key() { return Secret("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="); }

  enum class Speaks {
    http,   ///< plain http, keys and signatures
    https,  ///< https with a certificate of its own, and tokens too
  };

  explicit Azurite(Speaks speaks) : secure_(speaks == Speaks::https) {
    std::string pattern = (std::filesystem::temp_directory_path() / "voxlake-azurite-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return;
    folder_ = pattern;
    if (secure_) write_identity();
    const std::string tools = std::string(VOXLAKE_SOURCE_DIR) + "/.deps";
    const std::string program = tools + "/azurite/node_modules/azurite/dist/src/blob/main.js";
    if (!std::filesystem::exists(program)) {
      std::cerr << "Azurite is not installed: setup/install.sh test\n";
      return;
    }
    for (int attempt = 0; attempt < 5 && !ready_; ++attempt) start(program, tools + "/tools:" + std::getenv("PATH"));
  }
  ~Azurite() {
    stop();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Azurite(const Azurite&) = delete;

  bool ready() const { return ready_; }
  std::string endpoint() const { return (secure_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + "/" + account; }
  /// The certificate to trust; empty for plain http.
  std::string ca_file() const { return secure_ ? folder_ + "/certificate.pem" : ""; }

  /// By the account's key.
  Options options() const {
    Options options;
    options.endpoint = endpoint();
    options.credential = "key";
    options.account_key = key();
    options.ca_file = ca_file();
    options.environment = {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"}};  // never the machine's own
    return options;
  }

  /// A token as Microsoft Entra makes them, as far as Azurite looks.
  static std::string token(const std::string& audience, int64_t lasts_seconds = 3600) {
    const auto now = static_cast<int64_t>(std::time(nullptr));
    const std::string claims =
        R"({"aud":")" + audience + R"(","iss":"https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/","nbf":)" +
        std::to_string(now - 60) + R"(,"iat":)" + std::to_string(now - 60) + R"(,"exp":)" + std::to_string(now + lasts_seconds) +
        R"(,"oid":"23657296-5cd5-45b0-a809-d972a7f4dfe1","tid":"dd0d0df1-06c3-436c-8034-4b9a153097ce"})";
    return base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims) + "." + base64url("signed");
  }

  /// A signature for everything in the account, for an hour. Source: "Create an account SAS".
  static Secret sas() {
    const std::time_t end = std::time(nullptr) + 3600;
    char expiry[32];
    std::tm utc{};
    std::strftime(expiry, sizeof expiry, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &utc));
    const std::string text = std::string(account) + "\nracwdl\nb\nsco\n\n" + expiry + "\n\nhttps,http\n2020-12-06\n\n";
    const std::string key_bytes = *from_base64(key().reveal());
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key_bytes.data(), static_cast<int>(key_bytes.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest, &size);
    std::string signature;
    for (const char c : base64({reinterpret_cast<const char*>(digest), size})) {
      signature += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
    }
    return Secret("?sv=2020-12-06&ss=b&srt=sco&sp=racwdl&se=" + std::string(expiry) + "&spr=https,http&sig=" + signature);
  }

 private:
  static uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof local;
    ::bind(probe, reinterpret_cast<sockaddr*>(&local), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&local), &size);
    ::close(probe);
    return ntohs(local.sin_port);
  }

  void write_identity() const {
    const net::SelfSigned identity;
    std::ofstream(folder_ + "/certificate.pem") << identity.pem();
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::ofstream(folder_ + "/key.pem").write(text, size);
    BIO_free(memory);
  }

  void start(const std::string& program, const std::string& path) {
    port_ = free_port();
    std::vector<std::string> words = {"node",       program,
                                      "--blobHost", "127.0.0.1",
                                      "--blobPort", std::to_string(port_),
                                      "--location", folder_,
                                      "--loose",    "--skipApiVersionCheck",
                                      "--silent",   "--disableTelemetry"};
    if (secure_) words.insert(words.end(), {"--oauth", "basic", "--cert", folder_ + "/certificate.pem", "--key", folder_ + "/key.pem"});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::setenv("PATH", path.c_str(), 1);
      ::execvp("node", arguments.data());
      ::_exit(127);
    }
    for (int tries = 0; tries < 600 && !ready_; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (::waitpid(child_, nullptr, WNOHANG) == child_) {
        child_ = -1;
        return;
      }
      const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in local{};
      local.sin_family = AF_INET;
      local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      local.sin_port = htons(port_);
      ready_ = ::connect(probe, reinterpret_cast<sockaddr*>(&local), sizeof local) == 0;
      ::close(probe);
    }
    if (!ready_) stop();
  }

  void stop() {
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    for (int tries = 0; tries < 100; ++tries) {
      if (::waitpid(child_, nullptr, WNOHANG) == child_) {
        child_ = -1;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  bool secure_;
  bool ready_ = false;
  std::string folder_;
  uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace voxlake::azure
