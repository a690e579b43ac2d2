#include "lake/commit_identity.h"

#include <openssl/evp.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <random>

namespace voxlake::lake {

int64_t log_time_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string unique_id() {
  std::random_device random;
  uint32_t words[4] = {random(), random(), random(), random()};
  words[1] = (words[1] & 0xffff0fffu) | 0x00004000u;  // version 4
  words[2] = (words[2] & 0x3fffffffu) | 0x80000000u;  // variant 1
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%04x%08x", words[0], words[1] >> 16, words[1] & 0xffff, words[2] >> 16,
                words[2] & 0xffff, words[3]);
  return text;
}

delta::CommitInfo new_commit_info(std::string operation, std::map<std::string, std::string> parameters) {
  return {log_time_ms(), std::move(operation), std::move(parameters), "Voxlake/" VOXLAKE_VERSION, unique_id(), {}};
}

struct DataFileName::Digest {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

DataFileName::DataFileName() : digest_(std::make_unique<Digest>()) {
  EVP_DigestInit_ex(digest_->context.get(), EVP_sha256(), nullptr);
}

DataFileName::~DataFileName() = default;

void DataFileName::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(digest_->context.get(), bytes.data(), bytes.size());
}

std::string DataFileName::finish(size_t place, std::string_view salt) {
  EVP_DigestUpdate(digest_->context.get(), salt.data(), salt.size());
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_DigestFinal_ex(digest_->context.get(), digest, nullptr);
  char name[64];
  int length = std::snprintf(name, sizeof name, "part-%05zu-", place);
  for (int i = 0; i < 8; ++i) length += std::snprintf(name + length, sizeof name - static_cast<size_t>(length), "%02x", digest[i]);
  return std::string(name) + ".snappy.parquet";
}

bool is_data_file_name(std::string_view name) {
  constexpr std::string_view form = "part-00000-0123456789abcdef.snappy.parquet";
  return name.size() == form.size() && name.starts_with("part-") && name.ends_with(".snappy.parquet") &&
         name.substr(5, 5).find_first_not_of("0123456789") == std::string_view::npos && name[10] == '-' &&
         name.substr(11, 16).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace voxlake::lake
