#include "features/time_domain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "features/kernels.h"
#include "features/tables.h"

namespace voxlake::features {
namespace {

// A frame is four hops long and starts two hops before its centre: both descriptors are sums over four blocks of one hop, of which the
// next frame shares three.
constexpr int kBlocksPerFrame = kFrameSamples / kHopSamples;

/// The part of block `block` (counted from the start of the signal) that lies within the signal.
std::span<const float> block_of(std::span<const float> signal, int64_t block) {
  const int64_t begin = block * kHopSamples;
  if (begin < 0 || begin >= static_cast<int64_t>(signal.size())) return {};
  return signal.subspan(begin, std::min<std::size_t>(kHopSamples, signal.size() - begin));
}

double energy_of(std::span<const float> samples) {
  return kernels::best_kernels().energy(samples.data(), samples.size());
}

bool is_negative(float sample) {
  return sample < -kernels::kZeroThreshold;
}

bool crosses_at(std::span<const float> signal, int64_t sample) {
  if (sample < 1 || sample >= static_cast<int64_t>(signal.size())) return false;
  return is_negative(signal[sample]) != is_negative(signal[sample - 1]);
}

int64_t crossings_within(std::span<const float> samples) {
  return kernels::best_kernels().crossings(samples.data(), samples.size());
}

/// Crossings between a sample of the block and the one before it.
int64_t crossings_of(std::span<const float> signal, int64_t block) {
  const std::span<const float> samples = block_of(signal, block);
  if (samples.empty()) return 0;
  return (crosses_at(signal, block * kHopSamples) ? 1 : 0) + crossings_within(samples);
}

}  // namespace

void frame_rms(std::span<const float> signal, int64_t first, std::span<float> out) {
  std::array<double, kBlocksPerFrame> energies;
  const int64_t first_block = first - kBlocksPerFrame / 2;
  for (int i = 0; i < kBlocksPerFrame - 1; ++i) energies[i] = energy_of(block_of(signal, first_block + i));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto newest = static_cast<int64_t>(i) + kBlocksPerFrame - 1;
    energies[newest % kBlocksPerFrame] = energy_of(block_of(signal, first_block + newest));
    double sum = 0;
    for (int k = 0; k < kBlocksPerFrame; ++k) sum += energies[(i + k) % kBlocksPerFrame];
    out[i] = std::sqrt(static_cast<float>(sum / kFrameSamples));
  }
}

void frame_zero_crossing_rate(std::span<const float> signal, int64_t first, std::span<double> out) {
  std::array<int64_t, kBlocksPerFrame> crossings;
  const int64_t first_block = first - kBlocksPerFrame / 2;
  for (int i = 0; i < kBlocksPerFrame - 1; ++i) crossings[i] = crossings_of(signal, first_block + i);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto newest = static_cast<int64_t>(i) + kBlocksPerFrame - 1;
    crossings[newest % kBlocksPerFrame] = crossings_of(signal, first_block + newest);
    int64_t sum = 0;
    for (const int64_t count : crossings) sum += count;
    const int64_t first_sample = (first_block + static_cast<int64_t>(i)) * kHopSamples;
    out[i] = static_cast<double>(sum - (crosses_at(signal, first_sample) ? 1 : 0)) / kFrameSamples;
  }
}

int64_t frame_count(std::size_t samples, const Framing& framing) {
  const auto total = static_cast<int64_t>(samples);
  if (framing.centred) return 1 + total / framing.hop_samples;
  return total < framing.frame_samples ? 1 : 1 + (total - framing.frame_samples) / framing.hop_samples;
}

namespace {

/// The part of a frame that lies within the signal.
std::span<const float> part_of_frame(std::span<const float> signal, const Framing& framing, int64_t frame) {
  const auto total = static_cast<int64_t>(signal.size());
  const int64_t start = frame_start(frame, framing);
  const int64_t begin = std::clamp<int64_t>(start, 0, total);
  const int64_t end = std::clamp<int64_t>(start + framing.frame_samples, begin, total);
  return signal.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

}  // namespace

void frame_rms(std::span<const float> signal, const Framing& framing, int64_t first, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double energy = energy_of(part_of_frame(signal, framing, first + static_cast<int64_t>(i)));
    out[i] = std::sqrt(static_cast<float>(energy / framing.frame_samples));
  }
}

void frame_zero_crossing_rate(std::span<const float> signal, const Framing& framing, int64_t first, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int64_t count = crossings_within(part_of_frame(signal, framing, first + static_cast<int64_t>(i)));
    out[i] = static_cast<double>(count) / framing.frame_samples;
  }
}

double root_mean_square(std::span<const float> samples) {
  return std::sqrt(static_cast<double>(static_cast<float>(energy_of(samples) / static_cast<double>(samples.size()))));
}

double zero_crossing_rate(std::span<const float> samples) {
  return static_cast<double>(crossings_within(samples)) / static_cast<double>(samples.size());
}

}  // namespace voxlake::features
