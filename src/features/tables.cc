#include "features/tables.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace voxlake::features {
namespace {

constexpr long double kPi = std::numbers::pi_v<long double>;

void put_root_of_unity(double* out, int numerator, int denominator) {
  const long double angle = -2 * kPi * (numerator % denominator) / denominator;
  out[0] = static_cast<double>(cosl(angle));
  out[1] = static_cast<double>(sinl(angle));
}

// Slaney's scale: linear to 1 kHz, 200/3 Hz a mel, then 27 steps for each factor of 6.4.
constexpr long double kHzPerMel = 200.0L / 3;
constexpr long double kLogStartHz = 1000;
constexpr long double kLogStartMel = kLogStartHz / kHzPerMel;

long double mel_of_hz(long double hz) {
  if (hz < kLogStartHz) return hz / kHzPerMel;
  return kLogStartMel + logl(hz / kLogStartHz) / (logl(6.4L) / 27);
}

long double hz_of_mel(long double mel) {
  if (mel < kLogStartMel) return mel * kHzPerMel;
  return kLogStartHz * expl(logl(6.4L) / 27 * (mel - kLogStartMel));
}

/// The orthonormal DCT-II.
double cosine_weight(int inputs, int row, int i) {
  const long double scale = row == 0 ? sqrtl(1.0L / inputs) : sqrtl(2.0L / inputs);
  // The argument is reduced first: cosl of a large angle would lose digits.
  const long double turns = static_cast<long double>((row * (2 * i + 1)) % (4 * inputs)) / (4 * inputs);
  return static_cast<double>(scale * cosl(2 * kPi * turns));
}

}  // namespace

double bin_width_hz(int32_t rate, int64_t frame_samples) {
  return 1.0 / (static_cast<double>(frame_samples) * (1.0 / rate));
}

double taper_at(Taper taper, int64_t n, int64_t length) {
  const long double turn = 2 * kPi * static_cast<long double>(n) / static_cast<long double>(length);
  switch (taper) {
    case Taper::hann: return static_cast<double>(0.5L - 0.5L * cosl(turn));
    case Taper::hamming: return static_cast<double>(0.54L - 0.46L * cosl(turn));
    case Taper::blackman: return static_cast<double>(0.42L - 0.5L * cosl(turn) + 0.08L * cosl(2 * turn));
    case Taper::rectangular: break;
  }
  return 1;
}

SpectrumTables make_spectrum_tables() {
  SpectrumTables tables;
  for (int n = 0; n < kFrameSamples; ++n) {
    tables.half_window[n] = taper_at(Taper::hann, n, kFrameSamples) / 2;
  }
  for (int b = 0; b < 4; ++b) {
    for (int a = 0; a < 8; ++a) put_root_of_unity(&tables.column_twiddles[2 * (b * 8 + a)], a * b, 32);
  }
  tables.row_twiddles.resize(std::size_t{2} * 32 * 32);
  for (int b = 0; b < 32; ++b) {
    for (int a = 0; a < 32; ++a) put_root_of_unity(&tables.row_twiddles[2 * (b * 32 + a)], a * b, 1024);
  }
  for (int k = 0; k <= kFrameSamples / 4; ++k) put_root_of_unity(&tables.split[2 * k], k, kFrameSamples);
  return tables;
}

FilterBank make_mel_bank(int32_t rate, int rows, int64_t frame_samples, double lowest_hz, double highest_hz) {
  std::vector<double> corner_hz(rows + 2);
  const long double bottom_mel = mel_of_hz(lowest_hz);
  const long double span_mel = mel_of_hz(highest_hz > 0 ? highest_hz : rate / 2.0L) - bottom_mel;
  for (int i = 0; i < rows + 2; ++i) corner_hz[i] = static_cast<double>(hz_of_mel(bottom_mel + span_mel * i / (rows + 1)));

  FilterBank bank;
  bank.rows = rows;
  const double bin_hz = bin_width_hz(rate, frame_samples);
  const auto bins = static_cast<int32_t>(frame_samples / 2 + 1);
  std::vector<double> row_weights;
  for (int row = 0; row < rows; ++row) {
    const double rise_hz = corner_hz[row + 1] - corner_hz[row];
    const double fall_hz = corner_hz[row + 2] - corner_hz[row + 1];
    const double area_norm = 2.0 / (corner_hz[row + 2] - corner_hz[row]);
    const auto from = std::clamp(static_cast<int32_t>(corner_hz[row] / bin_hz) - 1, 0, bins);
    const auto to = std::clamp(static_cast<int32_t>(corner_hz[row + 2] / bin_hz) + 2, 0, bins);
    int first = bins;
    int last = -1;
    row_weights.assign(to > from ? to - from : 0, 0.0);
    for (int bin = from; bin < to; ++bin) {
      const double rising = (bin * bin_hz - corner_hz[row]) / rise_hz;
      const double falling = (corner_hz[row + 2] - bin * bin_hz) / fall_hz;
      const float triangle = static_cast<float>(std::max(0.0, std::min(rising, falling)));
      const float weight = static_cast<float>(triangle * area_norm);
      if (weight == 0) continue;
      row_weights[bin - from] = weight;
      first = std::min(first, bin);
      last = bin;
    }
    bank.first_bin.push_back(last < 0 ? 0 : first);
    bank.bin_count.push_back(last < 0 ? 0 : last - first + 1);
    bank.offset.push_back(static_cast<int32_t>(bank.weights.size()));
    for (int bin = first; bin <= last; ++bin) bank.weights.push_back(row_weights[bin - from]);
  }
  return bank;
}

std::vector<double> make_chroma_weights(int32_t rate, int64_t frame_samples) {
  const auto bins = static_cast<std::size_t>(frame_samples / 2 + 1);
  // Where each bin lies, in semitones above the A four octaves under A440; bin 0 is put one and a half octaves below bin 1.
  std::vector<long double> semitone(bins + 1);
  for (std::size_t bin = 1; bin <= bins; ++bin) {
    semitone[bin] = kChromaClasses * log2l(static_cast<long double>(bin) * rate / static_cast<long double>(frame_samples) / (440.0L / 16));
  }
  semitone[0] = semitone[1] - 1.5L * kChromaClasses;

  constexpr long double kCentreOctave = 5;
  constexpr long double kOctaveWidth = 2;
  std::vector<double> weights(bins * kChromaClasses);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const long double width = std::max(semitone[bin + 1] - semitone[bin], 1.0L);
    std::array<long double, kChromaClasses> bump;
    long double squares = 0;
    for (int pitch = 0; pitch < kChromaClasses; ++pitch) {
      // The distance round the circle of classes, -6 to 6.
      const long double distance = fmodl(semitone[bin] - pitch + 6 + 10 * kChromaClasses, kChromaClasses) - 6;
      bump[pitch] = expl(-0.5L * (2 * distance / width) * (2 * distance / width));
      squares += bump[pitch] * bump[pitch];
    }
    const long double octave = (semitone[bin] / kChromaClasses - kCentreOctave) / kOctaveWidth;
    const long double scale = expl(-0.5L * octave * octave) / sqrtl(squares);
    for (int pitch = 0; pitch < kChromaClasses; ++pitch) {
      // The rows start at A; librosa's start at C, three semitones on.
      const int row = (pitch + kChromaClasses - 3) % kChromaClasses;
      weights[bin * kChromaClasses + row] = static_cast<float>(bump[pitch] * scale);
    }
  }
  return weights;
}

std::vector<double> make_cosine_weights(int inputs, int outputs) {
  const int half = inputs / 2;
  std::vector<double> weights(static_cast<std::size_t>(outputs) * half);
  for (int row = 0; row < outputs; ++row) {
    for (int i = 0; i < half; ++i) weights[static_cast<std::size_t>(row) * half + i] = cosine_weight(inputs, row, i);
  }
  return weights;
}

std::vector<double> make_plain_cosine_weights(int inputs, int outputs) {
  std::vector<double> weights(static_cast<std::size_t>(outputs) * inputs);
  for (int row = 0; row < outputs; ++row) {
    for (int i = 0; i < inputs; ++i) weights[static_cast<std::size_t>(row) * inputs + i] = cosine_weight(inputs, row, i);
  }
  return weights;
}

std::vector<ContrastBand> make_contrast_bands(int32_t rate, int64_t frame_samples, const ContrastOptions& options) {
  const double bin_hz = bin_width_hz(rate, frame_samples);
  const auto bins = static_cast<int>(frame_samples / 2 + 1);
  std::vector<ContrastBand> bands;
  for (int band = 0; band <= options.octaves; ++band) {
    const double low_hz = band == 0 ? 0 : options.lowest_hz * static_cast<double>(int64_t{1} << (band - 1));
    const double high_hz = options.lowest_hz * static_cast<double>(int64_t{1} << band);
    if (low_hz >= 0.5 * rate) return {};
    int first = bins;
    int last = -1;
    for (int bin = 0; bin < bins; ++bin) {
      if (bin * bin_hz < low_hz || bin * bin_hz > high_hz) continue;
      first = std::min(first, bin);
      last = bin;
    }
    if (last < 0) return {};
    if (band > 0 && first > 0) --first;
    const bool is_last = band == options.octaves;
    if (is_last) last = bins - 1;
    const int counted = last - first + 1;
    const int extremes = std::max(1, static_cast<int>(std::nearbyint(options.quantile * counted)));
    const int used = is_last ? counted : counted - 1;
    if (used < extremes) return {};
    bands.push_back({first, used, extremes});
  }
  return bands;
}

}  // namespace voxlake::features
