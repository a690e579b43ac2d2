#include "audio/trim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

// librosa keeps a frame where its RMS, in dB under the loudest frame's, exceeds -top_db. A bound is a frame's number, so to find the same
// bounds as librosa every comparison has to come out alike, which means the same float32 arithmetic:
//
// - numpy adds the 2,048 squares of a frame pairwise (loops_utils.h.src, PW_BLOCKSIZE 128): blocks of 128 with eight running sums each,
//   and a binary tree over the blocks. 2,048 is 16 blocks and the hop of 512 is 4, so the sums of a quarter frame are nodes of the
//   tree for each of the four frames that share it: frame i = (Q[i] + Q[i+1]) + (Q[i+2] + Q[i+3]). Each square is added once, and the
//   result has numpy's bits: this is what a running sum would lose.
// - then mean, square root, square again, and 10·log10 in float32 (librosa.amplitude_to_db).
//
// numpy's float32 log10 itself is not the same on every processor: with AVX-512 it is SVML's, up to 2 ulp off, else libm's. Here it is the
// double result rounded to float32, on all of them. So librosa may decide otherwise only on a frame within some 1e-5 dB of the threshold,
// where it does not always agree with itself either: on a signal that is built to be quieter by exactly 0.1 somewhere.

namespace voxlake::audio {
namespace {

constexpr int64_t kFrameSamples = 2048;
constexpr int64_t kHopSamples = 512;
constexpr int64_t kSummedSamples = 128;
constexpr int64_t kPassedFrames = 2048;
constexpr double kSmallestAmplitude = 1e-5;  // amin of librosa.amplitude_to_db

/// The sum of the squares of 128 samples, in numpy's order.
float sum_block(const float* samples) {
  std::array<float, 8> sums;
  for (size_t lane = 0; lane < 8; ++lane) sums[lane] = samples[lane] * samples[lane];
  for (int64_t i = 8; i < kSummedSamples; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += samples[i + static_cast<int64_t>(lane)] * samples[i + static_cast<int64_t>(lane)];
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/// The sum of the squares of the quarter frame that begins at `begin`; what lies outside the signal is zero.
float sum_quarter(std::span<const float> signal, int64_t begin) {
  const auto length = static_cast<int64_t>(signal.size());
  std::array<float, kHopSamples> padded;
  const float* samples = nullptr;
  if (begin >= 0 && begin + kHopSamples <= length) {
    samples = signal.data() + begin;
  } else {
    padded.fill(0.0F);
    const int64_t first = std::max<int64_t>(begin, 0);
    const int64_t last = std::min(begin + kHopSamples, length);
    if (first < last) std::copy(signal.begin() + first, signal.begin() + last, padded.begin() + (first - begin));
    samples = padded.data();
  }
  return (sum_block(samples) + sum_block(samples + kSummedSamples)) +
         (sum_block(samples + 2 * kSummedSamples) + sum_block(samples + 3 * kSummedSamples));
}

/// numpy.maximum: unlike std::max, a NaN on either side wins.
float maximum(float a, float b) {
  return (a >= b || std::isnan(a)) ? a : b;
}

float decibels(float power) {
  const auto floor = static_cast<float>(kSmallestAmplitude * kSmallestAmplitude);
  return 10.0F * static_cast<float>(std::log10(static_cast<double>(maximum(floor, power))));
}

/// RMS amplitude of each centred frame.
std::vector<float> frame_rms(std::span<const float> signal, const std::function<void()>& passed) {
  const auto length = static_cast<int64_t>(signal.size());
  const int64_t frames = 1 + length / kHopSamples;
  std::array<float, 4> quarters{};
  for (int64_t k = 0; k < 3; ++k) quarters[static_cast<size_t>(k)] = sum_quarter(signal, k * kHopSamples - kFrameSamples / 2);
  std::vector<float> rms(static_cast<size_t>(frames));
  for (int64_t i = 0; i < frames; ++i) {
    quarters[3] = sum_quarter(signal, (i + 3) * kHopSamples - kFrameSamples / 2);
    const float sum = (quarters[0] + quarters[1]) + (quarters[2] + quarters[3]);
    rms[static_cast<size_t>(i)] = std::sqrt(sum / static_cast<float>(kFrameSamples));
    quarters = {quarters[1], quarters[2], quarters[3], 0.0F};
    if (passed && i % kPassedFrames == kPassedFrames - 1) passed();
  }
  return rms;
}

}  // namespace

TrimBounds trim(std::span<const float> signal, double top_db, const std::function<void()>& passed) {
  const std::vector<float> rms = frame_rms(signal, passed);
  float reference = rms[0];
  for (float value : rms) reference = maximum(reference, value);
  const float reference_db = decibels(reference * reference);

  const auto threshold_db = static_cast<float>(-top_db);
  const auto is_loud = [&](float value) { return decibels(value * value) - reference_db > threshold_db; };
  const auto first = std::find_if(rms.begin(), rms.end(), is_loud);
  if (first == rms.end()) return {};
  const auto last = std::find_if(rms.rbegin(), rms.rend(), is_loud);
  const int64_t end = (rms.rend() - last) * kHopSamples;
  return {(first - rms.begin()) * kHopSamples, std::min<int64_t>(static_cast<int64_t>(signal.size()), end)};
}

}  // namespace voxlake::audio
