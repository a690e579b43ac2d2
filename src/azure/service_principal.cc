// Tokens for applications: client credentials with a secret, a certificate, or the token of a Kubernetes service account.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>

#include "azure/base64.h"
#include "azure/cloud.h"
#include "azure/credential.h"
#include "azure/sender.h"
#include "azure/token_answer.h"
#include "files/whole_file.h"

namespace voxlake::azure {
namespace {

constexpr const char* jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The token endpoint of a tenant; invalid_argument where the tenant's name could lead elsewhere.
Result<std::string> token_endpoint(const Options& options, const std::string& tenant) {
  VOXLAKE_ASSIGN(const Cloud cloud, cloud_named(options.cloud));
  std::string authority = options.or_variable("", "AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = cloud.authority;
  if (authority.find("://") == std::string::npos) authority = "https://" + authority;
  while (authority.ends_with('/')) authority.pop_back();
  VOXLAKE_TRY(check_secure(authority, "AZURE_AUTHORITY_HOST"));
  const bool plain = tenant.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == std::string::npos;
  if (tenant.empty() || !plain) return failure(ErrorKind::invalid_argument, "azure.tenant_id is not a tenant's id or domain");
  return authority + "/" + tenant + "/oauth2/v2.0/token";
}

/// Posts the form for client credentials. `proof` holds what shows that it is us, encoded.
Fetched ask(const Options& options, const Sender& sender, const std::string& tenant, const std::string& client, const Secret& proof,
            const std::string& resource, const std::string& doing) {
  VOXLAKE_ASSIGN(const std::string endpoint, token_endpoint(options, tenant));
  const std::string scope = resource + (resource.ends_with('/') ? ".default" : "/.default");
  std::string text =
      "grant_type=client_credentials&client_id=" + net::percent_encoded(client) + "&scope=" + net::percent_encoded(scope) + proof.reveal();
  const Secret form(std::move(text));
  VOXLAKE_ASSIGN(Sent sent, sender.send(doing, [&](net::HttpCall& call) -> Status {
    call.method = "POST";
    call.url = endpoint;
    call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    call.body = form.reveal();
    return {};
  }));
  if (sent.answer.status != 200) return tl::unexpected(refusal_of_answer(sent.answer, doing));
  VOXLAKE_ASSIGN(AccessToken token, token_of_answer(sent.answer, sender.surroundings().date(), doing));
  return token;
}

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct DigestDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct MemoryDeleter {
  void operator()(BIO* memory) const { BIO_free(memory); }
};

/// A certificate with its key, from one PEM file.
struct Identity {
  std::unique_ptr<EVP_PKEY, KeyDeleter> key;
  std::unique_ptr<X509, CertificateDeleter> certificate;
};

Result<Secret> whole_file(const std::string& path, const std::string& what) {
  VOXLAKE_ASSIGN(std::string text, files::read_whole_file(path, what));
  if (text.empty()) return failure(ErrorKind::io, "cannot read " + what + " " + path + ": it is empty", "check the path");
  return Secret(std::move(text));
}

Result<Identity> read_identity(const std::string& path) {
  VOXLAKE_ASSIGN(const Secret pem, whole_file(path, "the client certificate"));
  const auto reader = [&] {
    return std::unique_ptr<BIO, MemoryDeleter>(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  };
  Identity identity;
  // An empty pass phrase, so that OpenSSL does not ask for one on the terminal.
  identity.key.reset(PEM_read_bio_PrivateKey(reader().get(), nullptr, nullptr, const_cast<char*>("")));
  identity.certificate.reset(PEM_read_bio_X509(reader().get(), nullptr, nullptr, nullptr));
  if (identity.key == nullptr || identity.certificate == nullptr || EVP_PKEY_is_a(identity.key.get(), "RSA") != 1) {
    return failure(ErrorKind::invalid_argument, "the client certificate " + path + " does not hold an RSA key and its certificate",
                   "give a PEM file with both, the key without a pass phrase");
  }
  return identity;
}

Result<std::string> signature_of(const std::string& text, EVP_PKEY* key) {
  const std::unique_ptr<EVP_MD_CTX, DigestDeleter> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  bool good = context != nullptr && EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) == 1;
  if (!good) return failure(ErrorKind::internal, "OpenSSL cannot sign with the client certificate's key");
  signature.resize(size);
  return signature;
}

/// The assertion that shows who we are (RFC 7523): signed by PS256, the certificate named by its SHA-256 (RFC 7515, 4.1.8).
Result<Secret> certificate_assertion(const std::string& path, const std::string& audience, const std::string& client, int64_t now_seconds) {
  VOXLAKE_ASSIGN(const Identity identity, read_identity(path));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  unsigned char nonce[16];
  if (X509_digest(identity.certificate.get(), EVP_sha256(), digest, &digest_size) != 1 || RAND_bytes(nonce, sizeof nonce) != 1) {
    return failure(ErrorKind::internal, "OpenSSL cannot read the client certificate");
  }
  constexpr int64_t lasts_seconds = 600;
  const nlohmann::json header = {
      {"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", base64url({reinterpret_cast<const char*>(digest), digest_size})}};
  const nlohmann::json claims = {{"aud", audience},         {"iss", client},
                                 {"sub", client},           {"jti", base64url({reinterpret_cast<const char*>(nonce), sizeof nonce})},
                                 {"nbf", now_seconds - 60}, {"exp", now_seconds + lasts_seconds},
                                 {"iat", now_seconds}};
  std::string assertion = base64url(header.dump()) + "." + base64url(claims.dump());
  VOXLAKE_ASSIGN(const std::string signature, signature_of(assertion, identity.key.get()));
  assertion += "." + base64url(signature);
  return Secret(std::move(assertion));
}

Secret assertion_proof(const Secret& assertion) {
  return Secret("&client_assertion_type=" + net::percent_encoded(jwt_bearer) +
                "&client_assertion=" + net::percent_encoded(assertion.reveal()));
}

class ServicePrincipal final : public Credential {
 public:
  ServicePrincipal(const Options& options, std::shared_ptr<const Sender> sender) : options_(options), sender_(std::move(sender)) {
    tenant_ = options.or_variable(options.tenant_id, "AZURE_TENANT_ID");
    client_ = options.or_variable(options.client_id, "AZURE_CLIENT_ID");
    secret_ = options.client_secret.empty() ? Secret(options.variable("AZURE_CLIENT_SECRET")) : options.client_secret;
    certificate_ = options.or_variable(options.client_certificate, "AZURE_CLIENT_CERTIFICATE_PATH");
  }

  std::string name() const override {
    return secret_.empty() && !certificate_.empty() ? "service principal (certificate)" : "service principal (secret)";
  }

  Fetched fetch(const std::string& resource) override {
    const std::string doing = "cannot get a token for the service principal " + client_;
    if (tenant_.empty() || client_.empty() || (secret_.empty() && certificate_.empty())) {
      return Absent{tenant_.empty()   ? "AZURE_TENANT_ID is not set"
                    : client_.empty() ? "AZURE_CLIENT_ID is not set"
                                      : "neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set"};
    }
    if (!secret_.empty()) {
      const Secret proof("&client_secret=" + net::percent_encoded(secret_.reveal()));
      return ask(options_, *sender_, tenant_, client_, proof, resource, doing);
    }
    VOXLAKE_ASSIGN(const std::string endpoint, token_endpoint(options_, tenant_));
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(sender_->surroundings().date().time_since_epoch());
    VOXLAKE_ASSIGN(const Secret assertion, certificate_assertion(certificate_, endpoint, client_, now.count()));
    return ask(options_, *sender_, tenant_, client_, assertion_proof(assertion), resource, doing);
  }

 private:
  const Options options_;
  std::shared_ptr<const Sender> sender_;
  std::string tenant_, client_, certificate_;
  Secret secret_;
};

class WorkloadIdentity final : public Credential {
 public:
  WorkloadIdentity(const Options& options, std::shared_ptr<const Sender> sender) : options_(options), sender_(std::move(sender)) {
    tenant_ = options.or_variable(options.tenant_id, "AZURE_TENANT_ID");
    client_ = options.or_variable(options.client_id, "AZURE_CLIENT_ID");
    token_file_ = options.variable("AZURE_FEDERATED_TOKEN_FILE");
  }

  std::string name() const override { return "workload identity"; }

  Fetched fetch(const std::string& resource) override {
    if (token_file_.empty()) return Absent{"AZURE_FEDERATED_TOKEN_FILE is not set"};
    if (tenant_.empty() || client_.empty()) return Absent{"AZURE_TENANT_ID or AZURE_CLIENT_ID is not set"};
    // Kubernetes renews the file: it is read each time.
    VOXLAKE_ASSIGN(const Secret text, whole_file(token_file_, "the service account's token"));
    std::string token = text.reveal();
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    return ask(options_, *sender_, tenant_, client_, assertion_proof(Secret(std::move(token))), resource,
               "cannot get a token for the workload identity " + client_);
  }

 private:
  const Options options_;
  std::shared_ptr<const Sender> sender_;
  std::string tenant_, client_, token_file_;
};

}  // namespace

std::unique_ptr<Credential> service_principal(const Options& options, std::shared_ptr<const Sender> sender) {
  return std::make_unique<ServicePrincipal>(options, std::move(sender));
}

std::unique_ptr<Credential> workload_identity(const Options& options, std::shared_ptr<const Sender> sender) {
  return std::make_unique<WorkloadIdentity>(options, std::move(sender));
}

}  // namespace voxlake::azure
