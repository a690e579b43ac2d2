#include "audio/trim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "audio/golden_audio.h"

namespace voxlake::audio {
namespace {

std::vector<Segment> parse_segments(const std::string& text) {
  std::vector<Segment> segments;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const size_t colon = part.find(':');
    segments.push_back({std::stoll(part.substr(0, colon)), std::stoll(part.substr(colon + 1))});
  }
  return segments;
}

TEST(Trim, FindsTheBoundsThatLibrosaFinds) {
  for (const auto& row : read_golden_rows("trim.tsv")) {
    const std::vector<float> signal = formula_signal(std::stoull(row[1]), parse_segments(row[2]));
    const TrimBounds bounds = trim(signal, std::stod(row[0]));
    EXPECT_EQ(bounds.start, std::stoll(row[3])) << row[2] << " seed " << row[1] << " at " << row[0] << " dB";
    EXPECT_EQ(bounds.end, std::stoll(row[4])) << row[2] << " seed " << row[1] << " at " << row[0] << " dB";
  }
}

TEST(Trim, KeepsASilentSignalWhole) {
  for (size_t length : {1U, 511U, 512U, 5000U}) {
    const TrimBounds bounds = trim(std::vector<float>(length, 0.0F));
    EXPECT_EQ(bounds.start, 0);
    EXPECT_EQ(bounds.end, static_cast<int64_t>(length));
  }
}

TEST(Trim, GivesEmptyBoundsForAnEmptySignal) {
  const TrimBounds bounds = trim({});
  EXPECT_EQ(bounds.start, 0);
  EXPECT_EQ(bounds.end, 0);
}

TEST(Trim, KeepsNothingWhereASampleIsNotANumber) {
  for (float poison : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> signal = formula_signal(1, {{9000, 300}});
    signal[4000] = poison;
    const TrimBounds bounds = trim(signal);
    EXPECT_EQ(bounds.start, 0);
    EXPECT_EQ(bounds.end, 0);
  }
}

TEST(Trim, DoesNotDependOnLoudnessByPowersOfTwo) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<float> signal = formula_signal(seed, {{3000, 4}, {2500, 480}, {1000, 50}, {4000, 20}});
    std::vector<float> quiet = signal;
    for (float& value : quiet) value /= 4.0F;
    EXPECT_EQ(trim(signal).start, trim(quiet).start);
    EXPECT_EQ(trim(signal).end, trim(quiet).end);
  }
}

TEST(Trim, MovesWithTheSpeechByWholeHops) {
  for (int64_t hops = 4; hops < 12; ++hops) {
    const TrimBounds bounds = trim(formula_signal(3, {{hops * 512, 0}, {6000, 500}, {8192, 0}}));
    const TrimBounds first = trim(formula_signal(3, {{4 * 512, 0}, {6000, 500}, {8192, 0}}));
    EXPECT_EQ(bounds.start - first.start, (hops - 4) * 512);
  }
}

TEST(Trim, TakesAnHourInSeconds) {
  const std::vector<float> hour(3600 * 16000, 0.25F);
  const auto began = std::chrono::steady_clock::now();
  const TrimBounds bounds = trim(hour);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(60));  // were it quadratic, hours
  EXPECT_EQ(bounds.end, 3600 * 16000);
}

}  // namespace
}  // namespace voxlake::audio
