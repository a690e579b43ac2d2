#include "features/window_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "features/time_domain.h"

namespace voxlake::features {
namespace {

bool needs_mel(Descriptor descriptor) {
  return descriptor == Descriptor::mel || descriptor == Descriptor::mel_db || descriptor == Descriptor::mfcc;
}

/// The largest of the values that are defined.
double largest_of(const std::vector<double>& values) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double value : values) largest = value > largest ? value : largest;
  return largest;
}

/// Rounds and widens again: librosa has it as float32.
double as_float(double value) {
  return static_cast<double>(static_cast<float>(value));
}

}  // namespace

WindowFrames::Tables::Tables(const FeatureSet::Plan& plan, int32_t rate, int64_t frame_samples)
    : bin_hz(bin_width_hz(rate, frame_samples)), spectrum(frame_samples, plan.framing.taper) {
  for (const FrameColumns& columns : plan.frame_columns) {
    const SetEntry& entry = columns.entry;
    const Parameters& parameters = entry.parameters;
    FilterBank bank;
    std::vector<ContrastBand> bands;
    if (needs_mel(entry.descriptor)) {
      bank = make_mel_bank(rate, mel_rows_of(entry), frame_samples, parameters.lowest_hz, parameters.highest_hz);
    }
    if (entry.descriptor == Descriptor::contrast) bands = make_contrast_bands(rate, frame_samples, parameters.contrast);
    if (entry.descriptor == Descriptor::chroma) chroma_weights = make_chroma_weights(rate, frame_samples);
    banks.push_back(std::move(bank));
    contrast_bands.push_back(std::move(bands));
  }
}

WindowFrames::WindowFrames(const FeatureSet::Plan& plan, int32_t rate, int64_t frame_samples)
    : plan_(plan), rate_(rate), frame_samples_(frame_samples) {
  for (const FrameColumns& columns : plan.frame_columns) {
    const SetEntry& entry = columns.entry;
    const bool is_cepstrum = entry.descriptor == Descriptor::mfcc;
    cosine_weights_.push_back(is_cepstrum ? make_plain_cosine_weights(mel_rows_of(entry), entry.rows) : std::vector<double>());
    rows_.emplace_back();
    rows_.back().count = static_cast<std::size_t>(entry.rows);
    if (is_cepstrum) rows_.back().part_count = static_cast<std::size_t>(mel_rows_of(entry));
    if (entry.descriptor == Descriptor::contrast) rows_.back().part_count = rows_.back().count;
    if (entry.descriptor == Descriptor::rolloff) rolloff_ = entry.parameters.rolloff;
  }
}

WindowFrames::Tables& WindowFrames::tables_for(int64_t samples) {
  const int64_t wanted = std::max(samples, frame_samples_);
  std::unique_ptr<Tables>& tables = wanted == frame_samples_ ? usual_ : longer_;
  if (!tables || tables->spectrum.frame_samples() != wanted) {
    tables.reset();  // first, so that there are never two of them
    tables = std::make_unique<Tables>(plan_, rate_, wanted);
  }
  return *tables;
}

void WindowFrames::describe(std::span<const float> signal, std::span<const WindowSpan> spans, WindowFeatures& out) {
  for (Rows& rows : rows_) {
    rows.values.assign(spans.size() * rows.count, kUndefined);
    rows.parts.assign(spans.size() * rows.part_count, kUndefined);
  }
  for (std::size_t window = 0; window < spans.size(); ++window) measure(signal, spans[window], window);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    refer_to_maxima(i);
    for (std::size_t window = 0; window < spans.size(); ++window) put(i, window, out);
  }
}

void WindowFrames::measure(std::span<const float> signal, const WindowSpan& span, std::size_t window) {
  const auto samples = signal.subspan(static_cast<std::size_t>(span.first_sample), static_cast<std::size_t>(span.sample_count));
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Descriptor descriptor = plan_.frame_columns[i].entry.descriptor;
    if (descriptor == Descriptor::zcr) rows_[i].values[window] = zero_crossing_rate(samples);
    if (descriptor == Descriptor::rms) rows_[i].values[window] = as_float(root_mean_square(samples));
  }
  if (span.sample_count > kLongestWindowFrame) return;
  Tables& tables = tables_for(span.sample_count);
  magnitude_.resize(static_cast<std::size_t>(tables.spectrum.bins()));
  power_.resize(magnitude_.size());
  tables.spectrum.compute(samples, 0, magnitude_, power_);
  shape_ = column_shape(magnitude_, power_, tables.bin_hz, rolloff_);
  for (std::size_t i = 0; i < rows_.size(); ++i) measure_spectrum(i, tables, window);
}

void WindowFrames::measure_spectrum(std::size_t index, const Tables& tables, std::size_t window) {
  Rows& rows = rows_[index];
  const std::span<double> values(rows.values.data() + window * rows.count, rows.count);
  const std::span<double> parts(rows.parts.data() + window * rows.part_count, rows.part_count);
  const Descriptor descriptor = plan_.frame_columns[index].entry.descriptor;
  switch (descriptor) {
    case Descriptor::centroid: values[0] = shape_.centroid; return;
    case Descriptor::bandwidth: values[0] = shape_.bandwidth; return;
    case Descriptor::rolloff: values[0] = shape_.rolloff; return;
    case Descriptor::flatness: values[0] = static_cast<double>(shape_.flatness); return;
    case Descriptor::poly:
      values[0] = shape_.slope;
      values[1] = shape_.intercept;
      return;
    case Descriptor::chroma:
      mel_.resize(rows.count);
      chroma_column(tables.chroma_weights, power_, mel_);
      std::copy(mel_.begin(), mel_.end(), values.begin());
      return;
    case Descriptor::contrast: contrast_column(tables.contrast_bands[index], magnitude_, work_, values, parts); return;
    case Descriptor::mel:
    case Descriptor::mel_db:
    case Descriptor::mfcc: break;
    default: return;
  }
  mel_.resize(static_cast<std::size_t>(tables.banks[index].rows));
  filter_column(tables.banks[index], power_, mel_);
  const std::span<double> target = descriptor == Descriptor::mfcc ? parts : values;
  for (std::size_t band = 0; band < mel_.size(); ++band) {
    target[band] = static_cast<double>(descriptor == Descriptor::mel ? mel_[band] : power_decibels(mel_[band]));
  }
}

void WindowFrames::refer_to_maxima(std::size_t index) {
  Rows& rows = rows_[index];
  // A comparison with NaN is false, and leaves it.
  const auto raise = [](std::vector<double>& values, double floor) {
    for (double& value : values) value = value < floor ? floor : value;
  };
  switch (plan_.frame_columns[index].entry.descriptor) {
    case Descriptor::mel_db: {
      const double largest = largest_of(rows.values);
      for (double& value : rows.values) value = as_float(value - largest);
      raise(rows.values, -kDynamicRange);
      return;
    }
    case Descriptor::contrast:
      raise(rows.values, largest_of(rows.values) - kDynamicRange);
      raise(rows.parts, largest_of(rows.parts) - kDynamicRange);
      for (std::size_t i = 0; i < rows.values.size(); ++i) rows.values[i] -= rows.parts[i];
      return;
    case Descriptor::mfcc:
      raise(rows.parts, largest_of(rows.parts) - kDynamicRange);
      transform_decibels(index);
      return;
    default: return;
  }
}

void WindowFrames::transform_decibels(std::size_t index) {
  Rows& rows = rows_[index];
  mel_.resize(rows.count);
  for (std::size_t window = 0; window * rows.count < rows.values.size(); ++window) {
    const std::span<const double> bands(rows.parts.data() + window * rows.part_count, rows.part_count);
    cosine_column(cosine_weights_[index], bands, mel_);
    std::copy(mel_.begin(), mel_.end(), rows.values.begin() + static_cast<std::ptrdiff_t>(window * rows.count));
  }
}

void WindowFrames::put(std::size_t index, std::size_t window, WindowFeatures& out) const {
  const SetEntry& entry = plan_.frame_columns[index].entry;
  const Rows& rows = rows_[index];
  const std::span<const double> values(rows.values.data() + window * rows.count, rows.count);
  if (std::isnan(values[0])) return;
  std::size_t place = static_cast<std::size_t>(plan_.frame_columns[index].first_column) * out.windows.size() + window;
  const auto put_series = [&](std::span<const double> series) {
    const Summary summary = summarise(series);
    for (int functional = 0; functional < kNamedFunctionals; ++functional) {
      if ((entry.functionals >> functional & 1) == 0) continue;
      out.values[place] = static_cast<float>(value_of(summary, static_cast<Functional>(functional), static_cast<int64_t>(series.size())));
      place += out.windows.size();
    }
  };
  if (entry.across_rows) {
    put_series(values);
  } else {
    for (std::size_t row = 0; row < rows.count; ++row) put_series(values.subspan(row, 1));
  }
}

}  // namespace voxlake::features
