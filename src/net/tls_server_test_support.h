#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace voxlake::net {

/// A certificate that signs itself, with its key.
struct SelfSigned {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};

  /// For `subject` (`IP:127.0.0.1`, `DNS:host`), valid from an hour ago until `valid_seconds` from now.
  explicit SelfSigned(const std::string& subject = "IP:127.0.0.1", long valid_seconds = 3600) {
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("voxlake test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject.c_str());
    X509_add_ext(certificate.get(), alternative, -1);
    X509_EXTENSION_free(alternative);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }

  std::string pem() const {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::string copy(text, static_cast<size_t>(size));
    BIO_free(memory);
    return copy;
  }
};

/// An HTTPS server on 127.0.0.1 that gives the same body to everybody, by HTTP/2 (RFC 9113) where it `speaks_http2` and the client takes
/// it.
class TlsServer {
 public:
  TlsServer(const SelfSigned& identity, std::string body, bool speaks_http2) : body_(std::move(body)), speaks_http2_(speaks_http2) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    SSL_CTX_set_alpn_select_cb(context_.get(), &TlsServer::choose_protocol, this);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof local;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&local), size) != 0 || listen(listener_, 128) != 0) std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &size);
    port_ = ntohs(local.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TlsServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (std::thread& thread : connections_) thread.join();
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// What each HTTP/1.1 request, its head as it came, is answered with in place of the body: a whole answer. Before the first connection.
  void answer_with(std::function<std::string(const std::string& head)> answer) { answer_ = std::move(answer); }

  std::string url(const std::string& path) const { return "https://127.0.0.1:" + std::to_string(port_) + path; }
  int connection_count() const { return connection_count_; }
  int http2_streams() const { return http2_streams_; }

 private:
  static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                             unsigned int offered_size, void* self) {
    static constexpr unsigned char both[] = "\x02h2\x08http/1.1";
    const bool http2 = static_cast<TlsServer*>(self)->speaks_http2_;
    const unsigned char* wanted = http2 ? both : both + 3;
    const int outcome =
        SSL_select_next_proto(const_cast<unsigned char**>(chosen), chosen_size, wanted, http2 ? 12 : 9, offered, offered_size);
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
  }

  void accept_all() {
    while (!stopping_) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      ++connection_count_;
      connections_.emplace_back([this, connection] {
        // OpenSSL writes without MSG_NOSIGNAL.
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(tls.get(), connection);
        if (SSL_accept(tls.get()) == 1) serve(tls.get(), connection);
        close(connection);
      });
    }
  }

  void serve(SSL* tls, int connection) {
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(tls, &protocol, &size);
    const bool http2 = size == 2;
    std::string pending;
    if (http2) write(tls, frame(settings, 0, 0, {}));
    bool greeted = !http2;
    while (read_more(tls, connection, pending)) {
      if (!greeted) {
        if (pending.size() < preface_bytes) continue;
        pending.erase(0, preface_bytes);
        greeted = true;
      }
      if (http2) {
        answer_frames(tls, pending);
      } else if (const size_t end = pending.find("\r\n\r\n"); end != std::string::npos) {
        const std::string head = pending.substr(0, end + 2);
        pending.erase(0, end + 4);
        if (answer_) {
          write(tls, answer_(head));
          continue;
        }
        write(tls, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n" + body_);
      }
    }
  }

  bool read_more(SSL* tls, int connection, std::string& pending) const {
    while (!stopping_) {
      pollfd wanted{connection, POLLIN, 0};
      if (SSL_pending(tls) == 0 && poll(&wanted, 1, 5) <= 0) continue;
      char buffer[4096];
      const int count = SSL_read(tls, buffer, sizeof buffer);
      if (count <= 0) return false;
      pending.append(buffer, static_cast<size_t>(count));
      return true;
    }
    return false;
  }

  void answer_frames(SSL* tls, std::string& pending) {
    while (pending.size() >= 9) {
      const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(pending[at])); };
      const size_t length = byte(0) << 16 | byte(1) << 8 | byte(2);
      if (pending.size() < 9 + length) return;
      const uint32_t type = byte(3);
      const uint32_t flags = byte(4);
      const uint32_t stream = (byte(5) & 0x7F) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
      pending.erase(0, 9 + length);
      if (type == settings && (flags & acknowledged) == 0) write(tls, frame(settings, acknowledged, 0, {}));
      if (type != headers) continue;
      ++http2_streams_;
      // 0x88 is entry 8 of HPACK's static table: ":status: 200".
      write(tls, frame(headers, end_of_headers, stream, "\x88") + frame(data, end_of_stream, stream, body_));
    }
  }

  static std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
    const auto size = static_cast<uint32_t>(payload.size());
    std::string text;
    for (const uint32_t byte :
         {size >> 16, size >> 8, size, uint32_t{type}, uint32_t{flags}, stream >> 24, stream >> 16, stream >> 8, stream}) {
      text.push_back(static_cast<char>(byte & 0xFF));
    }
    return text.append(payload);
  }

  static void write(SSL* tls, const std::string& text) { SSL_write(tls, text.data(), static_cast<int>(text.size())); }

  static constexpr size_t preface_bytes = 24;
  static constexpr uint8_t data = 0, headers = 1, settings = 4;
  static constexpr uint8_t acknowledged = 1, end_of_stream = 1, end_of_headers = 4;

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  std::string body_;
  std::function<std::string(const std::string& head)> answer_;
  bool speaks_http2_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> connections_;  ///< of the acceptor's thread, until it has ended
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connection_count_ = 0;
  std::atomic<int> http2_streams_ = 0;
};

}  // namespace voxlake::net
