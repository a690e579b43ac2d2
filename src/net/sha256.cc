#include "net/sha256.h"

#include <openssl/evp.h>

#include <array>

namespace voxlake::net {

struct Sha256::Context {
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  bool works = false;

  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(state); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  restart();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  context_->works = context_->works && EVP_DigestUpdate(context_->state, bytes.data(), bytes.size()) == 1;
}

void Sha256::restart() {
  context_->works = context_->state != nullptr && EVP_DigestInit_ex(context_->state, EVP_sha256(), nullptr) == 1;
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!context_->works || EVP_DigestFinal_ex(context_->state, digest.data(), &size) != 1) return {};
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace voxlake::net
