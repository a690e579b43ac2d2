// Downloads over TLS: whom to trust, and HTTP/2 where it is offered.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "net/download_test_support.h"
#include "net/tls_server_test_support.h"

namespace voxlake::net {
namespace {

class TlsDownload : public DownloadTest {
 protected:
  TlsDownload() {
    std::string pattern = (std::filesystem::temp_directory_path() / "voxlake-net-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~TlsDownload() override { std::filesystem::remove_all(folder_); }

  void trust(const SelfSigned& identity) {
    options_.ca_file = (folder_ / "ca.pem").string();
    std::ofstream(options_.ca_file) << identity.pem();
  }

  std::filesystem::path folder_;
};

TEST_F(TlsDownload, from_a_trusted_server_is_fetched) {
  const SelfSigned identity;
  TlsServer server(identity, "hello", false);
  trust(identity);
  const Download download = get(server.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched) << download.error->to_string();
  EXPECT_EQ(content(), "hello");
  EXPECT_EQ(server.http2_streams(), 0);
}

TEST_F(TlsDownload, from_a_server_that_nobody_vouches_for_is_refused_at_once) {
  TlsServer server(SelfSigned(), "hello", false);
  trust(SelfSigned());
  const Download download = get(server.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::failed);
  EXPECT_EQ(reason(download), "tls_certificate");
  EXPECT_EQ(download.attempts, 1);
}

TEST_F(TlsDownload, from_a_server_with_an_expired_certificate_is_refused) {
  const SelfSigned identity("IP:127.0.0.1", -60);
  TlsServer server(identity, "hello", false);
  trust(identity);
  const Download download = get(server.url("/a.tgz"));
  EXPECT_EQ(reason(download), "tls_certificate");
  EXPECT_NE(download.error->message.find("expired"), std::string::npos) << download.error->message;
}

TEST_F(TlsDownload, from_a_server_with_another_ones_certificate_is_refused) {
  const SelfSigned identity("DNS:other.example");
  TlsServer server(identity, "hello", false);
  trust(identity);
  EXPECT_EQ(reason(get(server.url("/a.tgz"))), "tls_certificate");
}

TEST_F(TlsDownload, without_the_named_authorities_file_says_so) {
  TlsServer server(SelfSigned(), "hello", false);
  options_.ca_file = (folder_ / "missing.pem").string();
  EXPECT_TRUE(run({{0, server.url("/a.tgz"), {}, {}}}).empty()) << "no archive is to blame";
  ASSERT_FALSE(status_);
  EXPECT_EQ(status_.error().detail("reason"), "ca_file");
  EXPECT_EQ(status_.error().kind, ErrorKind::io);
}

TEST_F(TlsDownload, from_a_server_without_tls_fails) {
  options_.attempts = 1;
  server_.script("/a.tgz", {file("hello")});
  EXPECT_EQ(reason(get(std::string("https://").append(server_.authority()).append("/a.tgz"))), "tls_failed");
}

TEST_F(TlsDownload, by_http2_shares_one_connection) {
  const SelfSigned identity;
  TlsServer server(identity, "hello", true);
  trust(identity);
  std::vector<DownloadRequest> requests;
  for (size_t i = 0; i < 40; ++i) requests.push_back({i, server.url("/a.tgz"), {}, {}});
  const auto downloads = run(requests);
  ASSERT_EQ(downloads.size(), 40u);
  for (const Download& download : downloads) EXPECT_EQ(download.state, DownloadState::fetched) << download.error->to_string();
  EXPECT_EQ(server.http2_streams(), 40);
  EXPECT_EQ(server.connection_count(), 1);
}

}  // namespace
}  // namespace voxlake::net
