#include "features/tile.h"

#include <algorithm>
#include <iterator>

#include "features/time_domain.h"
#include "features/transpose.h"

namespace voxlake::features {
namespace {

/// The largest of the first `count` lanes of all rows: lane by lane first, so that the compiler uses vectors.
template <typename T>
T largest_of(const T* values, int rows, int count, T so_far) {
  T largest[kLanes];
  std::fill(std::begin(largest), std::end(largest), so_far);
  for (int row = 0; row < rows; ++row) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const T value = values[row * kLanes + lane];
      largest[lane] = largest[lane] < value ? value : largest[lane];
    }
  }
  return *std::max_element(largest, largest + count);
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
  mel_ = take(floats, plan.mel.rows > 0, plan.mel.rows);
  mel_decibels_ = take(floats, plan.has(Descriptor::mel_db), plan.decibel_bank().rows);
  cepstrum_mel_ = take(floats, plan.needs_cepstrum(), plan.cepstrum_mel.rows);
  chroma_ = take(floats, plan.has(Descriptor::chroma), kChromaClasses);
  rms_ = take(floats, true, 1);
  zcr_ = take(doubles, true, 1);
  const auto bands = static_cast<int>(plan.contrast_bands.size());
  peaks_ = take(doubles, plan.has(Descriptor::contrast), bands);
  valleys_ = take(doubles, plan.has(Descriptor::contrast), bands);
  floats_.reserve(floats);
  doubles_.reserve(doubles);
}

TileAnalyser::TileAnalyser(const FeatureSet::Plan& plan) : plan_(plan) {
  blocks_.reserve(static_cast<std::size_t>(kHopSamples) * kernels::kBlockStride);
  std::fill_n(blocks_.data(), static_cast<std::size_t>(kHopSamples) * kernels::kBlockStride, 0.0F);
  const int rows = std::max({kCepstrumMelRows, plan.mel.rows, plan.mel_decibel.rows, plan.cepstrum_mel.rows});
  work_.reserve(std::max(kernels::kWorkDoubles, static_cast<std::size_t>(rows) * kLanes));
  magnitude_.reserve(static_cast<std::size_t>(plan.bins) * kLanes);
  power_.reserve(static_cast<std::size_t>(plan.bins) * kLanes);
  rows_.reserve(static_cast<std::size_t>(rows) * kLanes);
  if (!plan.has_usual_frames()) {
    column_spectrum_ = std::make_unique<ColumnSpectrum>(plan.framing.frame_samples, plan.framing.taper);
    std::fill_n(magnitude_.data(), static_cast<std::size_t>(plan.bins) * kLanes, 0.0F);
    std::fill_n(power_.data(), static_cast<std::size_t>(plan.bins) * kLanes, 0.0F);
  }
  column_.resize(static_cast<std::size_t>(plan.bins));
  column_power_.resize(column_.size());
}

void TileAnalyser::gather_column(int lane) {
  for (std::size_t bin = 0; bin < column_.size(); ++bin) {
    column_[bin] = magnitude_.data()[bin * kLanes + static_cast<std::size_t>(lane)];
    column_power_[bin] = power_.data()[bin * kLanes + static_cast<std::size_t>(lane)];
  }
}

/// Frame by frame, for a framing that the kernels do not know. Lanes without a frame keep what is in them.
void TileAnalyser::transform_frames(std::span<const float> signal, int64_t first_frame, int count, Tile& tile) {
  for (int lane = 0; lane < count; ++lane) {
    column_spectrum_->compute(signal, frame_start(first_frame + lane, plan_.framing), column_, column_power_);
    for (std::size_t bin = 0; bin < column_.size(); ++bin) {
      magnitude_.data()[bin * kLanes + static_cast<std::size_t>(lane)] = column_[bin];
      power_.data()[bin * kLanes + static_cast<std::size_t>(lane)] = column_power_[bin];
    }
  }
  frame_rms(signal, plan_.framing, first_frame, {tile.rms(), static_cast<std::size_t>(count)});
  frame_zero_crossing_rate(signal, plan_.framing, first_frame, {tile.zcr(), static_cast<std::size_t>(count)});
}

void TileAnalyser::find_contrast(Tile& tile) {
  const std::size_t bands = plan_.contrast_bands.size();
  if (plan_.has_usual_contrast()) {
    plan_.kernels->contrast(plan_.contrast_bands, magnitude_.data(), tile.peaks(), tile.valleys());
    return;
  }
  std::vector<double> peaks(bands);
  std::vector<double> valleys(bands);
  for (int lane = 0; lane < kLanes; ++lane) {
    gather_column(lane);
    contrast_column(plan_.contrast_bands, column_, column_work_, peaks, valleys);
    for (std::size_t band = 0; band < bands; ++band) {
      tile.peaks()[band * kLanes + static_cast<std::size_t>(lane)] = peaks[band];
      tile.valleys()[band * kLanes + static_cast<std::size_t>(lane)] = valleys[band];
    }
  }
}

void TileAnalyser::find_shape(Tile& tile) {
  if (plan_.has_usual_frames()) {
    plan_.kernels->shape(magnitude_.data(), power_.data(), plan_.bin_hz, tile.shape);
    if (plan_.has_usual_shape()) return;
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    gather_column(lane);
    if (plan_.has_usual_frames()) {
      tile.shape.rolloff[lane] = rolloff_column(column_, plan_.bin_hz, plan_.rolloff);
      continue;
    }
    const ColumnShape shape = column_shape(column_, column_power_, plan_.bin_hz, plan_.rolloff);
    tile.shape.centroid[lane] = shape.centroid;
    tile.shape.bandwidth[lane] = shape.bandwidth;
    tile.shape.rolloff[lane] = shape.rolloff;
    tile.shape.slope[lane] = shape.slope;
    tile.shape.intercept[lane] = shape.intercept;
    tile.shape.flatness[lane] = shape.flatness;
    if (!plan_.has(Descriptor::chroma)) continue;
    float classes[kChromaClasses];
    chroma_column(plan_.chroma_weights, column_power_, classes);
    for (int pitch = 0; pitch < kChromaClasses; ++pitch) tile.chroma()[pitch * kLanes + lane] = classes[pitch];
  }
}

void TileAnalyser::find_cepstrum(Tile& tile, float floor) {
  const int rows = plan_.placement(Descriptor::mfcc).rows;
  const int bands = plan_.cepstrum_mel.rows;
  if (plan_.plain_cosine_weights.empty()) {
    plan_.kernels->cosine(plan_.cosine_weights, bands, rows, tile.cepstrum_mel_decibels(), floor, work_.data(), rows_.data());
    return;
  }
  column_work_.resize(static_cast<std::size_t>(rows));
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int band = 0; band < bands; ++band) {
      work_.data()[band] = static_cast<double>(std::max(tile.cepstrum_mel_decibels()[band * kLanes + lane], floor));
    }
    cosine_column(plan_.plain_cosine_weights, {work_.data(), static_cast<std::size_t>(bands)}, column_work_);
    for (int row = 0; row < rows; ++row) rows_.data()[row * kLanes + lane] = column_work_[static_cast<std::size_t>(row)];
  }
}

void TileAnalyser::load_blocks(std::span<const float> signal, int64_t first_frame) {
  const auto total = static_cast<int64_t>(signal.size());
  // A few samples of every block at a time, so that the rows written to stay in the nearest cache.
  constexpr int64_t kTogether = 16;
  const int64_t signal_begin = (first_frame - 2) * kHopSamples;
  for (int64_t offset = 0; offset < kHopSamples; offset += kTogether) {
    int block = 0;
    for (; block + 4 <= kernels::kBlocks; block += 4) {
      const int64_t begin = signal_begin + block * kHopSamples + offset;
      if (begin < 0 || begin + 3 * kHopSamples + kTogether > total) break;
      float* out = blocks_.data() + offset * kernels::kBlockStride + block;
      for (int64_t i = 0; i < kTogether; i += 4) {
        transpose_four(signal.data() + begin + i, kHopSamples, out + i * kernels::kBlockStride, kernels::kBlockStride);
      }
    }
    for (; block < kernels::kBlocks; ++block) {
      // A frame starts two hops before its centre.
      const int64_t begin = signal_begin + block * kHopSamples + offset;
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
  if (plan_.has_usual_frames()) {
    load_blocks(signal, first_frame);
    kernels.spectrum(plan_.spectrum, blocks_.data(), work_.data(), magnitude_.data(), power_.data());
  } else {
    transform_frames(signal, first_frame, count, tile);
  }
  if (plan_.mel.rows > 0) kernels.filter(plan_.mel, power_.data(), tile.mel());
  if (plan_.has(Descriptor::mel_db)) {
    const FilterBank& bank = plan_.decibel_bank();
    if (plan_.mel_decibel.rows > 0) kernels.filter(bank, power_.data(), rows_.data());
    const float* mel = plan_.mel_decibel.rows > 0 ? rows_.data() : tile.mel();
    kernels.decibels(mel, tile.mel_decibels(), static_cast<std::size_t>(bank.rows) * kLanes);
    maxima.mel_decibels = largest_of(tile.mel_decibels(), bank.rows, count, maxima.mel_decibels);
  }
  if (plan_.needs_cepstrum()) {
    const int bands = plan_.cepstrum_mel.rows;
    kernels.filter(plan_.cepstrum_mel, power_.data(), rows_.data());
    kernels.decibels(rows_.data(), tile.cepstrum_mel_decibels(), static_cast<std::size_t>(bands) * kLanes);
    maxima.cepstrum_mel_decibels = largest_of(tile.cepstrum_mel_decibels(), bands, count, maxima.cepstrum_mel_decibels);
  }
  if (plan_.has(Descriptor::contrast)) {
    const auto bands = static_cast<int>(plan_.contrast_bands.size());
    find_contrast(tile);
    maxima.peak_decibels = largest_of(tile.peaks(), bands, count, maxima.peak_decibels);
    maxima.valley_decibels = largest_of(tile.valleys(), bands, count, maxima.valley_decibels);
  }
  if (only_maxima) return;
  find_shape(tile);
  if (!plan_.has_usual_frames()) return;
  if (plan_.has(Descriptor::chroma)) kernels.chroma(plan_.chroma_weights.data(), power_.data(), tile.chroma());
  frame_rms(signal, first_frame, {tile.rms(), kLanes});
  frame_zero_crossing_rate(signal, first_frame, {tile.zcr(), kLanes});
}

void TileAnalyser::put_rows(const float* values, const Placement& placement, int count, float* rows) const {
  const std::size_t stride = plan_.float_groups.size() * kLanes;
  // Adding 0 makes a 0 of -0: sorting must not depend on which of two equal values comes first.
  int row = 0;
  for (; row + 4 <= placement.rows && count == kLanes; row += 4) {
    float four[4 * kLanes];
    for (int i = 0; i < 4 * kLanes; ++i) four[i] = values[row * kLanes + i] + 0.0F;
    for (int lane = 0; lane < kLanes; lane += 4) {
      transpose_four(four + lane, kLanes, rows + lane * stride + placement.first + row, static_cast<std::ptrdiff_t>(stride));
    }
  }
  for (; row < placement.rows; ++row) {
    for (int lane = 0; lane < count; ++lane) rows[lane * stride + placement.first + row] = values[row * kLanes + lane] + 0.0F;
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
    for (int i = 0; i < plan_.decibel_bank().rows * kLanes; ++i) {
      rows_.data()[i] = std::max(tile.mel_decibels()[i] - maxima.mel_decibels, -static_cast<float>(kDynamicRange));
    }
    put_float(Descriptor::mel_db, rows_.data());
  }
  if (plan_.needs_cepstrum()) {
    const float floor = maxima.cepstrum_mel_decibels - static_cast<float>(kDynamicRange);
    find_cepstrum(tile, floor);
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
    for (int row = 0; row < plan_.placement(Descriptor::contrast).rows; ++row) {
      for (int lane = 0; lane < kLanes; ++lane) {
        contrast[lane] = std::max(tile.peaks()[row * kLanes + lane], maxima.peak_decibels - kDynamicRange) -
                         std::max(tile.valleys()[row * kLanes + lane], maxima.valley_decibels - kDynamicRange);
      }
      put_double(Descriptor::contrast, row, contrast);
    }
  }
}

}  // namespace voxlake::features
