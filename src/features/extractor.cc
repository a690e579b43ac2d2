#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "features/delta.h"
#include "features/feature_set.h"
#include "features/frame_table.h"
#include "features/logarithm.h"
#include "features/pitch.h"
#include "features/pitch_series.h"
#include "features/plan.h"
#include "features/sample_order.h"
#include "features/tile.h"
#include "features/time_domain.h"
#include "features/window_frames.h"
#include "features/windows.h"

namespace voxlake::features {
namespace {

/// Tiles of up to this many (65 s at 16 kHz) are kept between the pass that finds the utterance's maxima and the one that needs them;
/// of longer utterances they are computed again.
constexpr int64_t kKeptTiles = 128;

}  // namespace

struct Extractor::Scratch {
  explicit Scratch(const FeatureSet& set)
      : options(set.options()), plan(set.plan()), analyser(plan), deltas(plan), table(plan), single_tile(plan) {
    if (!plan.frame_columns.empty()) {
      window_frames = std::make_unique<WindowFrames>(plan, options.rate, samples_of(options.windows.length_seconds, options.rate));
    }
    if (!plan.pitch_columns.empty()) pitch_tracker = std::make_unique<PitchTracker>(plan.pitch);
    described.reserve(static_cast<std::size_t>(kFunctionals) * kLanes);
  }

  Status run(std::span<const float> samples, const kernels::SampleSurvey& survey, const Pieces& how, WindowFeatures& out,
             const std::function<Status(WindowFeatures&)>& take);

  const FeatureOptions& options;
  const FeatureSet::Plan& plan;
  TileAnalyser analyser;
  Deltas deltas;
  FrameTable table;
  Tile single_tile;
  std::vector<Tile> tiles;
  std::unique_ptr<WindowFrames> window_frames;
  std::unique_ptr<PitchTracker> pitch_tracker;
  PitchTrack pitch_track;
  SampleOrder sample_order;

 private:
  void look_at(int64_t samples);
  void begin_piece(std::span<const WindowSpan> spans, WindowFeatures& out) const;
  void find_maxima();
  void produce_tile();
  void describe_window(const WindowSpan& span, std::size_t window, WindowFeatures& out);
  void describe_frames(const WindowSpan& span, std::size_t window, WindowFeatures& out);
  void put_group(const RowGroup& group, int64_t count, std::size_t window, WindowFeatures& out) const;
  void put_summary(int32_t column, uint32_t functionals, const Summary& summary, int64_t count, std::size_t window,
                   WindowFeatures& out) const;
  void put_samples(const WindowSpan& span, std::size_t window, WindowFeatures& out);
  Summary describe_samples(const WindowSpan& span);
  double entropy_of_samples(std::span<const float> samples);
  void describe_pitch(const WindowSpan& span, std::size_t window, WindowFeatures& out);

  std::span<const float> signal;
  const Pieces* pieces = nullptr;
  int64_t looked_at = 0;  ///< samples since the last time that somebody was told
  int64_t frames = 0;
  UtteranceMaxima maxima;
  int64_t produced_tiles = 0;
  int network_frames = -1;
  kernels::Network network;
  AlignedBuffer<double> sort_work;
  AlignedBuffer<double> described;
  std::vector<double> pitch_series;
};

void Extractor::Scratch::look_at(int64_t samples) {
  looked_at += samples;
  if (looked_at < static_cast<int64_t>(kPassedSamples) || !pieces->passed) return;
  looked_at = 0;
  pieces->passed();
}

Status Extractor::Scratch::run(std::span<const float> samples, const kernels::SampleSurvey& survey, const Pieces& how, WindowFeatures& out,
                               const std::function<Status(WindowFeatures&)>& take) {
  signal = samples;
  pieces = &how;
  looked_at = 0;
  frames = frame_count(samples.size(), plan.framing);
  const std::vector<WindowSpan> spans = cut_windows(samples, options.rate, options.windows, plan.framing, how.passed);
  if (plan.signal_column >= 0) sample_order.start(samples, survey);
  if (window_frames) {
    begin_piece(spans, out);
    window_frames->describe(samples, spans, out);
    for (std::size_t window = 0; window < spans.size(); ++window) put_samples(spans[window], window, out);
    return take(out);
  }
  table.clear();
  deltas.start(frames);
  produced_tiles = 0;
  find_maxima();
  if (pitch_tracker) pitch_tracker->compute(samples, pitch_track, how.passed);
  const std::size_t most = how.windows > 0 ? static_cast<std::size_t>(how.windows) : spans.size();
  for (std::size_t first = 0; first < spans.size(); first += most) {
    const auto piece = std::span(spans).subspan(first, std::min(most, spans.size() - first));
    begin_piece(piece, out);
    for (std::size_t window = 0; window < piece.size(); ++window) {
      const WindowSpan& span = piece[window];
      table.drop_before(std::min(span.first_frame, deltas.ready() - kDeltaReach));
      while (deltas.ready() < span.first_frame + span.frame_count) produce_tile();
      describe_window(span, window, out);
    }
    VOXLAKE_TRY(take(out));
  }
  return {};
}

void Extractor::Scratch::begin_piece(std::span<const WindowSpan> spans, WindowFeatures& out) const {
  out.windows.clear();
  for (const WindowSpan& span : spans) out.windows.push_back(span.window);
  out.values.assign(static_cast<std::size_t>(plan.column_count) * spans.size(), std::numeric_limits<float>::quiet_NaN());
}

void Extractor::Scratch::find_maxima() {
  maxima = {};
  const int64_t count = (frames + kLanes - 1) / kLanes;
  const bool keep = count <= kKeptTiles;
  while (keep && static_cast<int64_t>(tiles.size()) < count) tiles.emplace_back(plan);
  for (int64_t index = 0; index < count; ++index) {
    analyser.analyse(signal, index, frames, !keep, keep ? tiles[index] : single_tile, maxima);
    look_at(kLanes * plan.framing.hop_samples);
  }
}

void Extractor::Scratch::produce_tile() {
  const bool kept = frames <= kKeptTiles * kLanes;
  Tile& tile = kept ? tiles[produced_tiles] : single_tile;
  if (!kept) analyser.analyse(signal, produced_tiles, frames, false, tile, maxima);
  const int64_t first = produced_tiles * kLanes;
  const auto count = static_cast<int>(std::min<int64_t>(kLanes, frames - first));
  table.extend(count);
  analyser.finish(tile, maxima, count, table.floats(first), table.doubles(first));
  table.commit(count);
  ++produced_tiles;
  look_at(kLanes * plan.framing.hop_samples);
  const int64_t was_ready = deltas.ready();
  deltas.advance(table);
  for (int64_t frame = was_ready; frame < deltas.ready(); ++frame) {
    plan.kernels->weighted_logs_float(table.floats(frame), table.float_logs(frame), table.log_stride());
    plan.kernels->weighted_logs_double(table.doubles(frame), table.double_logs(frame), table.double_stride());
  }
}

void Extractor::Scratch::put_group(const RowGroup& group, int64_t count, std::size_t window, WindowFeatures& out) const {
  for (int lane = 0; lane < kLanes; ++lane) {
    if (group.first_column[lane] < 0) continue;
    std::size_t place = group.first_column[lane] * out.windows.size() + window;
    for (int functional = 0; functional < kFunctionals; ++functional) {
      if ((group.functionals[lane] >> functional & 1) == 0) continue;
      out.values[place] = static_cast<float>(described.data()[functional * kLanes + lane]);
      place += out.windows.size();
    }
    if ((group.functionals[lane] >> kFunctionals) == 0) continue;
    Summary summary;
    for (int functional = 0; functional < kFunctionals; ++functional) summary[functional] = described.data()[functional * kLanes + lane];
    for (int functional = kFunctionals; functional < kNamedFunctionals; ++functional) {
      if ((group.functionals[lane] >> functional & 1) == 0) continue;
      out.values[place] = static_cast<float>(value_of(summary, static_cast<Functional>(functional), count));
      place += out.windows.size();
    }
  }
}

void Extractor::Scratch::put_summary(int32_t column, uint32_t functionals, const Summary& summary, int64_t count, std::size_t window,
                                     WindowFeatures& out) const {
  for (int i = 0; i < kNamedFunctionals; ++i) {
    if ((functionals >> i & 1) == 0) continue;
    out.values[column++ * out.windows.size() + window] = static_cast<float>(value_of(summary, static_cast<Functional>(i), count));
  }
}

void Extractor::Scratch::put_samples(const WindowSpan& span, std::size_t window, WindowFeatures& out) {
  if (plan.signal_column < 0) return;
  put_summary(plan.signal_column, plan.signal_functionals, describe_samples(span), span.sample_count, window, out);
}

void Extractor::Scratch::describe_window(const WindowSpan& span, std::size_t window, WindowFeatures& out) {
  describe_frames(span, window, out);
  put_samples(span, window, out);
  if (pitch_tracker) describe_pitch(span, window, out);
}

void Extractor::Scratch::describe_frames(const WindowSpan& span, std::size_t window, WindowFeatures& out) {
  const auto count = static_cast<int>(span.frame_count);
  if (network_frames != count) {
    network = kernels::make_network(kernels::sort_blocks(count));
    network_frames = count;
  }
  sort_work.reserve(static_cast<std::size_t>(kernels::sort_blocks(count)) * kernels::kSortBlock * kLanes);
  for (std::size_t i = 0; i < plan.float_groups.size(); ++i) {
    const RowGroup& group = plan.float_groups[i];
    kernels::RowBlock<float> block = {table.floats(span.first_frame) + i * kLanes, nullptr, table.float_stride(), 0, count};
    if (group.can_be_positive) {
      block.weighted_logs = table.float_logs(span.first_frame) + i * kLanes;
      block.log_stride = table.log_stride();
    }
    plan.kernels->describe_float(block, network, reinterpret_cast<float*>(sort_work.data()), described.data());
    put_group(group, count, window, out);
  }
  for (std::size_t i = 0; i < plan.double_groups.size(); ++i) {
    const kernels::RowBlock<double> block = {table.doubles(span.first_frame) + i * kLanes, table.double_logs(span.first_frame) + i * kLanes,
                                             table.double_stride(), table.double_stride(), count};
    plan.kernels->describe_double(block, network, sort_work.data(), described.data());
    put_group(plan.double_groups[i], count, window, out);
  }
  if (deltas.is_defined()) return;
  for (const Descriptor descriptor : {Descriptor::mfcc_delta, Descriptor::mfcc_delta2}) {
    const Placement& rows = plan.placement(descriptor);
    Summary undefined;
    undefined.fill(kUndefined);
    for (int32_t row = rows.first; rows.first >= 0 && row < rows.first + rows.rows; ++row) {
      const RowGroup& group = plan.float_groups[row / kLanes];
      put_summary(group.first_column[row % kLanes], group.functionals[row % kLanes], undefined, count, window, out);
    }
  }
}

double Extractor::Scratch::entropy_of_samples(std::span<const float> samples) {
  constexpr std::size_t kChunk = 4096;
  sort_work.reserve(kChunk + kChunk / 2);
  double* logs = sort_work.data();
  auto* padded = reinterpret_cast<float*>(sort_work.data() + kChunk);
  double sum = 0;
  double weighted = 0;
  for (std::size_t begin = 0; begin < samples.size(); begin += kChunk) {
    const auto chunk = samples.subspan(begin, std::min(kChunk, samples.size() - begin));
    const std::size_t rounded = (chunk.size() + kLanes - 1) / kLanes * kLanes;
    std::copy(chunk.begin(), chunk.end(), padded);
    std::fill(padded + chunk.size(), padded + rounded, 0.0F);
    plan.kernels->weighted_logs_float(padded, logs, rounded);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      sum += static_cast<double>(chunk[i]);
      weighted += logs[i];
    }
  }
  return sum > 0 ? std::max(0.0, natural_log(sum) - weighted / sum) : kUndefined;
}

Summary Extractor::Scratch::describe_samples(const WindowSpan& span) {
  const std::span<const float> samples = signal.subspan(span.first_sample, span.sample_count);
  const OrderStatistics order = sample_order.describe(span.first_sample, span.sample_count);
  const bool is_constant = order.min == order.max;
  kernels::SampleMoments moments;
  if (is_constant) {
    moments.mean = order.min;
  } else {
    moments = plan.kernels->sample_moments(samples.data(), samples.size());
  }
  Summary summary;
  at(summary, Functional::mean) = moments.mean;
  at(summary, Functional::median) = order.median;
  at(summary, Functional::mode) = order.mode;
  at(summary, Functional::mode_count) = static_cast<double>(order.mode_count);
  at(summary, Functional::min) = order.min;
  at(summary, Functional::max) = order.max;
  at(summary, Functional::range) = order.max - order.min;
  at(summary, Functional::variance) = moments.second;
  at(summary, Functional::deviation) = std::sqrt(moments.second);
  at(summary, Functional::first_quartile) = order.first_quartile;
  at(summary, Functional::third_quartile) = order.third_quartile;
  at(summary, Functional::interquartile_range) = order.third_quartile - order.first_quartile;
  at(summary, Functional::entropy) = order.min < 0 ? kUndefined : entropy_of_samples(samples);
  const double resolution = std::numeric_limits<double>::epsilon() * moments.mean;
  const bool varies = moments.second > resolution * resolution;
  at(summary, Functional::kurtosis) = varies ? moments.fourth / (moments.second * moments.second) - 3 : kUndefined;
  at(summary, Functional::skewness) = varies ? moments.third / (moments.second * std::sqrt(moments.second)) : kUndefined;
  return summary;
}

void Extractor::Scratch::describe_pitch(const WindowSpan& span, std::size_t window, WindowFeatures& out) {
  for (const PitchColumns& columns : plan.pitch_columns) {
    gather_pitch_series(pitch_track, columns.descriptor, span.first_frame, span.frame_count, pitch_series);
    put_summary(columns.first_column, columns.functionals, summarise(pitch_series), static_cast<int64_t>(pitch_series.size()), window, out);
  }
  if (plan.voiced_share_column < 0) return;
  out.values[plan.voiced_share_column * out.windows.size() + window] =
      static_cast<float>(voiced_share(pitch_track, span.first_frame, span.frame_count));
}

Extractor::Extractor(std::shared_ptr<const FeatureSet> set) : set_(std::move(set)), scratch_(std::make_unique<Scratch>(*set_)) {}
Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;

Status Extractor::compute(std::span<const float> signal, WindowFeatures& out) {
  return compute(signal, {}, out, [](WindowFeatures&) -> Status { return {}; });
}

Status Extractor::compute(std::span<const float> signal, const Pieces& pieces, const std::function<Status(WindowFeatures&)>& take) {
  WindowFeatures out;
  return compute(signal, pieces, out, take);
}

Status Extractor::compute(std::span<const float> signal, const Pieces& pieces, WindowFeatures& out,
                          const std::function<Status(WindowFeatures&)>& take) {
  if (signal.empty()) {
    return failure(ErrorKind::invalid_argument, "cannot compute features of an empty signal", "leave out clips without samples");
  }
  const kernels::SampleSurvey survey = survey_of(signal, *scratch_->plan.kernels, pieces.passed);
  if (!survey.is_finite) {
    const auto bad = std::find_if(signal.begin(), signal.end(), [](float x) { return !std::isfinite(x); });
    return failure(ErrorKind::invalid_argument,
                   "cannot compute features of a signal with NaN or infinity in it, at sample " + std::to_string(bad - signal.begin()),
                   "leave the clip out, or mend it");
  }
  return scratch_->run(signal, survey, pieces, out, take);
}

}  // namespace voxlake::features
