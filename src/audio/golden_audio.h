#pragma once

// For tests only: the signals and golden files of tests/golden/make_audio.py, and WAV files made in memory.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
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

using Bytes = std::vector<std::byte>;

inline void put(Bytes& file, size_t offset, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) file[offset + i] = static_cast<std::byte>(value >> (8 * i));
}

inline void append(Bytes& file, std::string_view text) {
  for (char c : text) file.push_back(static_cast<std::byte>(c));
}

inline Bytes bytes_of(std::string_view text) {
  Bytes bytes;
  append(bytes, text);
  return bytes;
}

/// A 16-bit WAV of `frames` frames at 16 kHz with the plain 44-byte header.
inline Bytes wav(int64_t frames, uint16_t channels = 1) {
  Bytes file = bytes_of("RIFF....WAVEfmt ....................data....");
  const auto data_bytes = static_cast<uint64_t>(frames) * channels * 2;
  put(file, 4, 36 + data_bytes, 4);
  put(file, 16, 16, 4);
  put(file, 20, 1, 2);
  put(file, 22, channels, 2);
  put(file, 24, 16000, 4);
  put(file, 28, 32000ULL * channels, 4);
  put(file, 32, 2ULL * channels, 2);
  put(file, 34, 16, 2);
  put(file, 40, data_bytes, 4);
  for (uint64_t i = 0; i < static_cast<uint64_t>(frames) * channels; ++i) {
    const auto sample = static_cast<uint64_t>(noise(i, 11));
    file.push_back(static_cast<std::byte>(sample));
    file.push_back(static_cast<std::byte>(sample >> 8));
  }
  return file;
}

}  // namespace voxlake::audio
