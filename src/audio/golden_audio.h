#pragma once

// For tests only: the signals and golden files of tests/golden/make_audio.py.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace voxlake::audio {

inline std::string golden_path(const std::string& name) {
  return std::string(VOXLAKE_SOURCE_DIR "/tests/golden/audio/") + name;
}

inline std::vector<std::byte> read_golden(const std::string& name) {
  std::ifstream file(golden_path(name), std::ios::binary);
  EXPECT_TRUE(file) << golden_path(name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

inline std::vector<float> read_golden_floats(const std::string& name) {
  const std::vector<std::byte> bytes = read_golden(name);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

/// The rows of a tab-separated file.
inline std::vector<std::vector<std::string>> read_golden_rows(const std::string& name) {
  std::ifstream file(golden_path(name));
  EXPECT_TRUE(file) << golden_path(name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) rows.back().push_back(field);
  }
  EXPECT_FALSE(rows.empty());
  return rows;
}

/// A whole number from -16384 to 16383: a hash of an index and a seed.
inline int64_t noise(uint64_t index, uint64_t seed) {
  uint64_t x = index + seed * 1'000'003;
  x = x * 2'654'435'761 & 0xFFFFFFFF;
  x ^= x >> 15;
  x = x * 2'246'822'519 & 0xFFFFFFFF;
  x ^= x >> 13;
  return static_cast<int64_t>(x & 0x7FFF) - 16384;
}

struct Segment {
  int64_t samples;
  int64_t amplitude;  ///< 0 to 512
};

/// Noise in steps of loudness.
inline std::vector<float> formula_signal(uint64_t seed, const std::vector<Segment>& segments) {
  std::vector<float> signal;
  for (const Segment& segment : segments) {
    for (int64_t i = 0; i < segment.samples; ++i) {
      signal.push_back(static_cast<float>(noise(signal.size(), seed) * segment.amplitude) / static_cast<float>(1 << 23));
    }
  }
  return signal;
}

}  // namespace voxlake::audio
