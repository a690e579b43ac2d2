#include "azure/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace voxlake::azure {

void wipe(std::string& text) {
  text.resize(text.capacity());  // NOLINT(clang-analyzer-cplusplus.Move): a short text is copied, not moved, and left behind
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string&& text) : text_(std::move(text)) {
  wipe(text);
}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe(text_);
  text_ = other.text_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(text_);
  text_ = std::move(other.text_);
  wipe(other.text_);
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

}  // namespace voxlake::azure
