#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace voxlake::features {

/// The files of records that tests/golden/make_features.py writes.
struct GoldenRecord {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
};

template <typename T>
void append_values(const std::string& bytes, std::vector<double>& out) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    out.push_back(static_cast<double>(value));
  }
}

inline std::map<std::string, GoldenRecord> read_golden(const std::string& name) {
  std::ifstream file(VOXLAKE_SOURCE_DIR "/tests/golden/features/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::map<std::string, GoldenRecord> records;
  std::string key;
  std::string type;
  GoldenRecord record;
  while (file >> key >> type >> record.rows >> record.columns) {
    file.ignore(1);
    std::string bytes(record.rows * record.columns * static_cast<std::size_t>(type[1] - '0'), '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    record.values.clear();
    if (type == "i2") append_values<int16_t>(bytes, record.values);
    if (type == "f4") append_values<float>(bytes, record.values);
    if (type == "f8") append_values<double>(bytes, record.values);
    EXPECT_EQ(record.values.size(), record.rows * record.columns) << key;
    records[key] = record;
  }
  EXPECT_FALSE(records.empty()) << name;
  return records;
}

/// The signal of a golden value: `noise100` is the beginning of `noise5000`.
inline std::vector<float> golden_signal(const std::map<std::string, GoldenRecord>& signals, const std::string& name) {
  const bool is_prefix = name.starts_with("noise");
  std::vector<float> signal;
  for (const double steps : signals.at(is_prefix ? "noise5000" : name).values) signal.push_back(static_cast<float>(steps) / 32768);
  if (is_prefix) signal.resize(std::stoul(name.substr(5)));
  return signal;
}

/// Whole numbers from -16384 to 16383 over 32768, each a hash of its index and the seed.
inline std::vector<float> noise_signal(std::size_t samples, uint32_t seed, float gain = 1) {
  std::vector<float> signal(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    uint32_t x = (static_cast<uint32_t>(i) + seed * 1000003U) * 2654435761U;
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    signal[i] = gain * (static_cast<float>(x & 0x7fff) - 16384) / 32768;
  }
  return signal;
}

}  // namespace voxlake::features
