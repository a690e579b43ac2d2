#include "features/tile.h"

#include <algorithm>

#include "features/time_domain.h"

namespace voxlake::features {
namespace {

constexpr double kDynamicRange = 80;  // dB, librosa's top_db

/// The largest of the first `count` lanes of all rows.
template <typename T>
T largest_of(const T* values, int rows, int count, T so_far) {
  for (int row = 0; row < rows; ++row) {
    for (int lane = 0; lane < count; ++lane) so_far = std::max(so_far, values[row * kLanes + lane]);
  }
  return so_far;
}

}  // namespace

Tile::Tile(const FeatureSet::Plan& plan) {
  std::size_t floats = 0;
  std::size_t doubles = 0;
  const auto take = [](std::size_t& used, bool wanted, int rows) {
    const std::size_t begin = used;
    if (wanted) used += static_cast<std::size_t>(rows) * kLanes;
    return begin;
  };
  mel_ = take(floats, plan.mel.rows > 0, kMelRows);
  mel_decibels_ = take(floats, plan.has(Descriptor::mel_db), kMelRows);
  cepstrum_mel_ = take(floats, plan.needs_cepstrum(), kCepstrumMelRows);
  chroma_ = take(floats, plan.has(Descriptor::chroma), kChromaClasses);
  rms_ = take(floats, true, 1);
  zcr_ = take(doubles, true, 1);
  peaks_ = take(doubles, plan.has(Descriptor::contrast), kContrastRows);
  valleys_ = take(doubles, plan.has(Descriptor::contrast), kContrastRows);
  floats_.reserve(floats);
  doubles_.reserve(doubles);
}

TileAnalyser::TileAnalyser(const FeatureSet::Plan& plan) : plan_(plan) {
  blocks_.reserve(static_cast<std::size_t>(kHopSamples) * kernels::kBlockStride);
  std::fill_n(blocks_.data(), static_cast<std::size_t>(kHopSamples) * kernels::kBlockStride, 0.0F);
  work_.reserve(kernels::kWorkDoubles);
  parts_.reserve(std::size_t{2} * kBins * kLanes);
  magnitude_.reserve(static_cast<std::size_t>(kBins) * kLanes);
  power_.reserve(static_cast<std::size_t>(kBins) * kLanes);
  rows_.reserve(static_cast<std::size_t>(kCepstrumMelRows) * kLanes);
}

void TileAnalyser::load_blocks(std::span<const float> signal, int64_t first_frame) {
  const auto total = static_cast<int64_t>(signal.size());
  // A few samples of every block at a time, so that the rows written to stay in the nearest cache.
  constexpr int64_t kTogether = 16;
  for (int64_t offset = 0; offset < kHopSamples; offset += kTogether) {
    for (int block = 0; block < kernels::kBlocks; ++block) {
      // A frame starts two hops before its centre.
      const int64_t begin = (first_frame + block - 2) * kHopSamples + offset;
      float* out = blocks_.data() + offset * kernels::kBlockStride + block;
      if (begin >= 0 && begin + kTogether <= total) {
        for (int64_t i = 0; i < kTogether; ++i) out[i * kernels::kBlockStride] = signal[begin + i];
      } else {
        for (int64_t i = 0; i < kTogether; ++i) {
          out[i * kernels::kBlockStride] = begin + i >= 0 && begin + i < total ? signal[begin + i] : 0;
        }
      }
    }
  }
}

void TileAnalyser::analyse(std::span<const float> signal, int64_t index, int64_t frames, bool only_maxima, Tile& tile,
                           UtteranceMaxima& maxima) {
  const kernels::Kernels& kernels = *plan_.kernels;
  const int64_t first_frame = index * kLanes;
  const auto count = static_cast<int>(std::min<int64_t>(kLanes, frames - first_frame));
  load_blocks(signal, first_frame);
  kernels.spectrum(plan_.spectrum, blocks_.data(), work_.data(), parts_.data(), magnitude_.data(), power_.data());
  if (plan_.mel.rows > 0) {
    kernels.filter(plan_.mel, power_.data(), tile.mel());
    if (plan_.has(Descriptor::mel_db)) {
      kernels.decibels(tile.mel(), tile.mel_decibels(), static_cast<std::size_t>(kMelRows) * kLanes);
      maxima.mel_decibels = largest_of(tile.mel_decibels(), kMelRows, count, maxima.mel_decibels);
    }
  }
  if (plan_.needs_cepstrum()) {
    kernels.filter(plan_.cepstrum_mel, power_.data(), rows_.data());
    kernels.decibels(rows_.data(), tile.cepstrum_mel_decibels(), static_cast<std::size_t>(kCepstrumMelRows) * kLanes);
    maxima.cepstrum_mel_decibels = largest_of(tile.cepstrum_mel_decibels(), kCepstrumMelRows, count, maxima.cepstrum_mel_decibels);
  }
  if (plan_.has(Descriptor::contrast)) {
    kernels.contrast(plan_.contrast_bands, magnitude_.data(), tile.peaks(), tile.valleys());
    maxima.peak_decibels = largest_of(tile.peaks(), kContrastRows, count, maxima.peak_decibels);
    maxima.valley_decibels = largest_of(tile.valleys(), kContrastRows, count, maxima.valley_decibels);
  }
  if (only_maxima) return;
  kernels.shape(magnitude_.data(), power_.data(), plan_.bin_hz, tile.shape);
  if (plan_.has(Descriptor::chroma)) kernels.chroma(plan_.chroma_weights.data(), power_.data(), tile.chroma());
  frame_rms(signal, first_frame, {tile.rms(), kLanes});
  frame_zero_crossing_rate(signal, first_frame, {tile.zcr(), kLanes});
}

void TileAnalyser::put_rows(const float* values, const Placement& placement, int count, float* rows) const {
  const std::size_t stride = plan_.float_groups.size() * kLanes;
  // Adding 0 makes a 0 of -0: sorting must not depend on which of two equal values comes first.
  for (int lane = 0; lane < count; ++lane) {
    for (int row = 0; row < placement.rows; ++row) rows[lane * stride + placement.first + row] = values[row * kLanes + lane] + 0.0F;
  }
}

void TileAnalyser::put_rows(const double* values, const Placement& placement, int count, double* rows) const {
  const std::size_t stride = plan_.double_groups.size() * kLanes;
  for (int lane = 0; lane < count; ++lane) {
    for (int row = 0; row < placement.rows; ++row) rows[lane * stride + placement.first + row] = values[row * kLanes + lane] + 0.0;
  }
}

void TileAnalyser::finish(Tile& tile, const UtteranceMaxima& maxima, int count, float* float_rows, double* double_rows) {
  const auto put_float = [&](Descriptor descriptor, const float* values) {
    if (plan_.has(descriptor)) put_rows(values, plan_.placement(descriptor), count, float_rows);
  };
  const auto put_double = [&](Descriptor descriptor, int row, const double* values) {
    if (!plan_.has(descriptor)) return;
    put_rows(values, {plan_.placement(descriptor).first + row, 1}, count, double_rows);
  };
  put_float(Descriptor::mel, tile.mel());
  if (plan_.has(Descriptor::mel_db)) {
    for (int i = 0; i < kMelRows * kLanes; ++i) {
      rows_.data()[i] = std::max(tile.mel_decibels()[i] - maxima.mel_decibels, -static_cast<float>(kDynamicRange));
    }
    put_float(Descriptor::mel_db, rows_.data());
  }
  if (plan_.needs_cepstrum()) {
    const float floor = maxima.cepstrum_mel_decibels - static_cast<float>(kDynamicRange);
    plan_.kernels->cosine(plan_.cosine_weights, kCepstrumMelRows, plan_.placement(Descriptor::mfcc).rows, tile.cepstrum_mel_decibels(),
                          floor, work_.data(), rows_.data());
    put_float(Descriptor::mfcc, rows_.data());
  }
  put_float(Descriptor::rms, tile.rms());
  put_float(Descriptor::flatness, tile.shape.flatness);
  put_float(Descriptor::chroma, tile.chroma());
  put_double(Descriptor::zcr, 0, tile.zcr());
  put_double(Descriptor::poly, 0, tile.shape.slope);
  put_double(Descriptor::poly, 1, tile.shape.intercept);
  put_double(Descriptor::centroid, 0, tile.shape.centroid);
  put_double(Descriptor::bandwidth, 0, tile.shape.bandwidth);
  put_double(Descriptor::rolloff, 0, tile.shape.rolloff);
  if (plan_.has(Descriptor::contrast)) {
    double contrast[kLanes];
    for (int row = 0; row < kContrastRows; ++row) {
      for (int lane = 0; lane < kLanes; ++lane) {
        contrast[lane] = std::max(tile.peaks()[row * kLanes + lane], maxima.peak_decibels - kDynamicRange) -
                         std::max(tile.valleys()[row * kLanes + lane], maxima.valley_decibels - kDynamicRange);
      }
      put_double(Descriptor::contrast, row, contrast);
    }
  }
}

}  // namespace voxlake::features
