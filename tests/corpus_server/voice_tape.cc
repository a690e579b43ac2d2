#include "voice_tape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>

namespace corpus_server {
namespace {

constexpr double rate_hz = 16'000;

/// The first three formants of ten vowels in hertz (Peterson and Barney 1952, means over men).
constexpr std::array<std::array<double, 3>, 10> vowels = {{{270, 2290, 3010},
                                                           {390, 1990, 2550},
                                                           {530, 1840, 2480},
                                                           {660, 1720, 2410},
                                                           {730, 1090, 2440},
                                                           {570, 840, 2410},
                                                           {440, 1020, 2240},
                                                           {300, 870, 2240},
                                                           {640, 1190, 2390},
                                                           {490, 1350, 1690}}};

/// A resonance of two poles: y = x + a y' + b y''.
struct Resonance {
  double a = 0, b = 0, gain = 1, last = 0, before = 0;

  void tune(double hertz, double width_hz) {
    const double radius = std::exp(-std::numbers::pi * width_hz / rate_hz);
    a = 2 * radius * std::cos(2 * std::numbers::pi * hertz / rate_hz);
    b = -radius * radius;
    gain = 1 - a - b;
  }
  double next(double x) {
    const double y = gain * x + a * last + b * before;
    before = last;
    last = y;
    return y;
  }
};

uint32_t next_number(uint32_t& state) {
  state = state * 1664525U + 1013904223U;
  return state >> 8;
}

}  // namespace

VoiceTape VoiceTape::made_up(double pitch_hz, int seconds) {
  VoiceTape tape;
  uint32_t state = static_cast<uint32_t>(pitch_hz);
  std::array<Resonance, 3> tract;
  double phase = 0;
  while (tape.samples_.size() < static_cast<size_t>(seconds * rate_hz)) {
    const auto& vowel = vowels[next_number(state) % vowels.size()];
    for (size_t i = 0; i < 3; ++i) tract[i].tune(vowel[i], 80 + 30.0 * static_cast<double>(i));
    const int length = 1600 + static_cast<int>(next_number(state) % 3200);
    const double hertz = pitch_hz * (0.85 + 0.3 * (next_number(state) % 1000) / 1000.0);
    const bool pause = next_number(state) % 8 == 0;
    for (int n = 0; n < length; ++n) {
      const double along = static_cast<double>(n) / length;
      phase += hertz * (1 - 0.1 * along) / rate_hz;
      double source = 0;
      if (phase >= 1) {
        phase -= 1;
        source = 40;
      }
      source += 0.5 * ((next_number(state) % 2000) / 1000.0 - 1);
      for (Resonance& resonance : tract) source = resonance.next(source);
      const double loudness = pause ? 0.001 : std::sin(std::numbers::pi * along);
      const double noise = 8 * ((next_number(state) % 2000) / 1000.0 - 1);
      tape.samples_.push_back(static_cast<int16_t>(std::clamp(std::lround(6000 * loudness * source + noise), -32000L, 32000L)));
    }
  }
  return tape;
}

VoiceTape VoiceTape::recorded(const std::string& folder) {
  VoiceTape tape;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".wav") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    static constexpr char plain[] = "\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0";  // PCM, mono, 16 kHz, 16 bit
    if (bytes.size() < 1000 || bytes.compare(20, 16, plain, 16) != 0) continue;
    const size_t samples = (bytes.size() - 44) / 2;
    const size_t begin = tape.samples_.size();
    tape.samples_.resize(begin + samples);
    std::memcpy(tape.samples_.data() + begin, bytes.data() + 44, samples * 2);
  }
  return tape;
}

std::span<const int16_t> VoiceTape::cut(uint64_t draw, size_t count) const {
  const size_t taken = std::min(count, samples_.size());
  return std::span(samples_).subspan(draw % (samples_.size() - taken + 1), taken);
}

}  // namespace corpus_server
