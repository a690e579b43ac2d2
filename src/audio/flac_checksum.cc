#include "audio/flac_checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace voxlake::audio {
namespace {

constexpr size_t block_head_bytes = 4;
constexpr size_t stream_info_bytes = 34;

uint8_t byte_at(std::span<const std::byte> file, size_t at) {
  return std::to_integer<uint8_t>(file[at]);
}

/// Behind an ID3v2 tag (four bytes of seven bits each say how long it is) where there is one.
size_t begin_of_stream(std::span<const std::byte> file) {
  if (file.size() < 10 || std::memcmp(file.data(), "ID3", 3) != 0) return 0;
  size_t bytes = 0;
  for (size_t i = 6; i < 10; ++i) bytes = bytes << 7 | (byte_at(file, i) & 0x7FU);
  return 10 + bytes;
}

}  // namespace

std::optional<FlacStreamInfo> read_flac_stream_info(std::span<const std::byte> file) {
  const size_t begin = begin_of_stream(file);
  if (file.size() < begin + 4 + block_head_bytes + stream_info_bytes || std::memcmp(file.data() + begin, "fLaC", 4) != 0)
    return std::nullopt;
  const size_t head = begin + 4;
  if ((byte_at(file, head) & 0x7FU) != 0) return std::nullopt;  // STREAMINFO comes first
  const size_t info = head + block_head_bytes;
  FlacStreamInfo found{};
  // From bit 80: 20 bits of rate, 3 of channels less one, 5 of bits less one.
  found.channels = (byte_at(file, info + 12) >> 1 & 0x7) + 1;
  found.bits = ((byte_at(file, info + 12) & 0x1) << 4 | byte_at(file, info + 13) >> 4) + 1;
  std::memcpy(found.samples_md5.data(), file.data() + info + 18, found.samples_md5.size());
  const bool is_there = std::any_of(found.samples_md5.begin(), found.samples_md5.end(), [](uint8_t byte) { return byte != 0; });
  if (!is_there) return std::nullopt;
  return found;
}

struct FlacChecksum::Digest {
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  bool works = false;
  std::vector<uint8_t> bytes;

  Digest() = default;
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() { EVP_MD_CTX_free(state); }
};

FlacChecksum::FlacChecksum(const FlacStreamInfo& info) : info_(info), digest_(std::make_unique<Digest>()) {
  const bool is_exact = info.bits == 8 || info.bits == 16 || info.bits == 24;
  digest_->works = is_exact && digest_->state != nullptr && EVP_DigestInit_ex(digest_->state, EVP_md5(), nullptr) == 1;
}

FlacChecksum::~FlacChecksum() = default;

void FlacChecksum::add(std::span<const float> samples) {
  if (!digest_->works) return;
  const auto width = static_cast<size_t>(info_.bits / 8);
  const float scale = std::ldexp(1.0F, info_.bits - 1);
  auto& bytes = digest_->bytes;
  bytes.resize(samples.size() * width);
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto value = static_cast<uint32_t>(static_cast<int32_t>(std::clamp(samples[i] * scale, -scale, scale - 1.0F)));
    for (size_t k = 0; k < width; ++k) bytes[i * width + k] = static_cast<uint8_t>(value >> (8 * k));
  }
  digest_->works = EVP_DigestUpdate(digest_->state, bytes.data(), bytes.size()) == 1;
}

bool FlacChecksum::fits() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!digest_->works || EVP_DigestFinal_ex(digest_->state, digest.data(), &size) != 1) return true;
  return std::equal(info_.samples_md5.begin(), info_.samples_md5.end(), digest.begin());
}

}  // namespace voxlake::audio
