#include "names.h"

#include <cstdio>
#include <fstream>
#include <set>

namespace corpus_server {

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash ^= hash >> 31;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

std::vector<std::string> read_names(const std::string& file) {
  std::vector<std::string> names;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

std::vector<std::string> made_up_names(size_t count) {
  static constexpr const char* syllables[] = {"ka", "lo", "mi", "ren", "tu", "va", "zo", "bel", "dar", "fin", "gus", "hil"};
  std::set<std::string> names;
  for (size_t i = 0; names.size() < count; ++i) {
    const uint64_t draw = hash_of("archive " + std::to_string(i));
    std::string user = "anonymous";
    if (draw % 3 != 0) {
      // The product of two draws is small more often than not: a few users give most of the archives.
      const uint64_t number = (draw >> 8) % 36 * ((draw >> 16) % 36);
      const uint64_t letters = hash_of("user " + std::to_string(number));
      user.clear();
      for (int part = 0; part < 3; ++part) user += syllables[(letters >> (8 * part)) % 12];
      user += std::to_string(number);
    }
    char rest[32];
    std::snprintf(rest, sizeof rest, "-%04u%02u%02u-%c%c%c.tgz", static_cast<unsigned>(2006 + (draw >> 24) % 14),
                  static_cast<unsigned>(1 + (draw >> 32) % 12), static_cast<unsigned>(1 + (draw >> 40) % 28),
                  static_cast<char>('a' + (draw >> 44) % 26), static_cast<char>('a' + (draw >> 50) % 26),
                  static_cast<char>('a' + (draw >> 56) % 26));
    names.insert(user + rest);
  }
  return {names.begin(), names.end()};
}

std::string_view user_of(std::string_view name) {
  return name.substr(0, name.find('-'));
}

}  // namespace corpus_server
