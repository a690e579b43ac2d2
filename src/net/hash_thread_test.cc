#include "net/hash_thread.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace voxlake::net {
namespace {

std::string hash_at_once(const std::string& text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish();
}

TEST(HashThread, adds_all_bytes_to_the_hashes_they_were_meant_for_in_order) {
  HashThread thread;
  std::vector<std::shared_ptr<Sha256>> hashes;
  std::vector<std::string> texts(3);
  for (size_t i = 0; i < texts.size(); ++i) hashes.push_back(std::make_shared<Sha256>());
  for (size_t piece = 0; piece < 3000; ++piece) {
    const std::string text = std::string(piece % 977, static_cast<char>('a' + piece % 26)) + std::to_string(piece);
    texts[piece % 3] += text;
    thread.update(hashes[piece % 3], std::as_bytes(std::span(text)));
  }
  thread.settle();
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(hashes[i]->finish(), hash_at_once(texts[i]));
}

TEST(HashThread, that_was_given_nothing_is_settled) {
  HashThread thread;
  thread.settle();
}

TEST(HashThread, ends_with_work_left) {
  const std::string much(1 << 20, 'x');
  HashThread thread;
  for (int i = 0; i < 10; ++i) thread.update(std::make_shared<Sha256>(), std::as_bytes(std::span(much)));
}

}  // namespace
}  // namespace voxlake::net
