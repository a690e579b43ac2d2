#pragma once

// Every descriptor straight from its definition, in double and without a thought for speed: what the fast engine is tested against.
// Magnitudes are rounded to float32, as librosa rounds them, since rolloff and contrast are decided by their order.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace voxlake::features::plain {

inline constexpr int kFrame = 2048;
inline constexpr int kHop = 512;
inline constexpr int kBinCount = kFrame / 2 + 1;

/// [row][frame]
using Rows = std::vector<std::vector<double>>;

/// The sample at `i` of a signal with zeros on both sides.
inline double sample_at(std::span<const float> signal, int64_t i) {
  return i >= 0 && i < static_cast<int64_t>(signal.size()) ? static_cast<double>(signal[static_cast<std::size_t>(i)]) : 0.0;
}

/// The discrete Fourier transform by its sum: the magnitudes of the frame centred on `centre`, under a periodic Hann window.
inline std::vector<float> magnitudes(std::span<const float> signal, int64_t centre) {
  static const auto kCosines = [] {
    std::vector<double> cosines;
    for (int i = 0; i < kFrame; ++i) cosines.push_back(std::cos(2 * std::numbers::pi * i / kFrame));
    return cosines;
  }();
  std::array<double, kFrame> tapered;
  for (int n = 0; n < kFrame; ++n) {
    tapered[n] = (0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kFrame)) * sample_at(signal, centre - kFrame / 2 + n);
  }
  std::vector<float> found;
  for (int bin = 0; bin < kBinCount; ++bin) {
    double real = 0;
    double imaginary = 0;
    for (int n = 0; n < kFrame; ++n) {
      real += tapered[n] * kCosines[n * bin % kFrame];
      imaginary += tapered[n] * kCosines[(n * bin + kFrame / 4) % kFrame];
    }
    found.push_back(static_cast<float>(std::hypot(real, imaginary)));
  }
  return found;
}

inline double hertz_of_mel(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp(std::log(6.4) / 27 * (mel - 15));
}
inline double mel_of_hertz(double hertz) {
  return hertz < 1000 ? hertz * 3 / 200 : 15 + std::log(hertz / 1000) / (std::log(6.4) / 27);
}

/// Slaney's filters, applied one by one.
inline Rows mel_bands(const std::vector<std::vector<float>>& spectra, int rate, int bands) {
  Rows rows(bands);
  for (int band = 0; band < bands; ++band) {
    const auto corner = [&](int i) { return hertz_of_mel(mel_of_hertz(rate / 2.0) * (band + i) / (bands + 1)); };
    for (const std::vector<float>& magnitude : spectra) {
      double sum = 0;
      for (int bin = 0; bin < kBinCount; ++bin) {
        const double hertz = static_cast<double>(bin) * rate / kFrame;
        const double rising = (hertz - corner(0)) / (corner(1) - corner(0));
        const double falling = (corner(2) - hertz) / (corner(2) - corner(1));
        const double weight = std::max(0.0, std::min(rising, falling)) * 2 / (corner(2) - corner(0));
        sum += weight * magnitude[bin] * magnitude[bin];
      }
      rows[band].push_back(sum);
    }
  }
  return rows;
}

/// 10 log10 of values raised to 1e-10, none more than 80 dB under the largest.
inline Rows decibels(Rows rows) {
  double largest = -1000;
  for (auto& row : rows) {
    for (double& x : row) largest = std::max(largest, x = 10 * std::log10(std::max(1e-10, x)));
  }
  for (auto& row : rows) {
    for (double& x : row) x = std::max(x, largest - 80);
  }
  return rows;
}

inline Rows cosine_transform(const Rows& input, int outputs) {
  Rows rows(outputs, std::vector<double>(input[0].size()));
  const auto n = static_cast<double>(input.size());
  for (int k = 0; k < outputs; ++k) {
    for (std::size_t frame = 0; frame < input[0].size(); ++frame) {
      for (std::size_t i = 0; i < input.size(); ++i) {
        rows[k][frame] += input[i][frame] * std::cos(std::numbers::pi * k * (static_cast<double>(i) + 0.5) / n);
      }
      rows[k][frame] *= std::sqrt((k == 0 ? 1 : 2) / n);
    }
  }
  return rows;
}

/// The derivative of the least-squares parabola through nine frames; at the ends that of the first and of the last nine.
inline Rows deltas(const Rows& input, int order) {
  Rows rows;
  for (const std::vector<double>& row : input) {
    const auto frames = static_cast<int>(row.size());
    rows.emplace_back();
    for (int frame = 0; frame < frames; ++frame) {
      const int middle = std::clamp(frame, 4, frames - 5);
      // Of k = -4 to 4: sum k^2 = 60, sum k^4 = 708. savgol_filter fits a line for the first derivative, a parabola for the second.
      double slope = 0;
      double curvature = 0;
      for (int k = -4; k <= 4; ++k) {
        slope += k * row[middle + k] / 60;
        curvature += 2 * (k * k - 60.0 / 9) * row[middle + k] / (708 - 60.0 * 60 / 9);
      }
      rows.back().push_back(order == 1 ? slope : curvature);
    }
  }
  return rows;
}

inline Rows contrast(const std::vector<std::vector<float>>& spectra, int rate) {
  Rows peaks(7);
  Rows valleys(7);
  for (int band = 0; band < 7; ++band) {
    const double low = band == 0 ? 0 : 100.0 * std::pow(2, band);
    const double high = 200.0 * std::pow(2, band);
    std::vector<int> bins;
    for (int bin = 0; bin < kBinCount; ++bin) {
      const double hertz = static_cast<double>(bin) * rate / kFrame;
      if (hertz >= low && (hertz <= high || band == 6)) bins.push_back(bin);
    }
    if (band > 0) bins.insert(bins.begin(), bins.front() - 1);
    const int extremes = std::max(1, static_cast<int>(std::nearbyint(0.02 * static_cast<double>(bins.size()))));
    if (band < 6) bins.pop_back();
    for (const std::vector<float>& magnitude : spectra) {
      std::vector<double> sorted;
      for (const int bin : bins) sorted.push_back(static_cast<double>(magnitude[bin]));
      std::sort(sorted.begin(), sorted.end());
      double lowest = 0;
      double highest = 0;
      for (int i = 0; i < extremes; ++i) {
        lowest += sorted[i] / extremes;
        highest += sorted[sorted.size() - 1 - i] / extremes;
      }
      peaks[band].push_back(highest);
      valleys[band].push_back(lowest);
    }
  }
  peaks = decibels(std::move(peaks));
  valleys = decibels(std::move(valleys));
  for (int band = 0; band < 7; ++band) {
    for (std::size_t frame = 0; frame < spectra.size(); ++frame) peaks[band][frame] -= valleys[band][frame];
  }
  return peaks;
}

/// Bins weigh on the classes near them by a bell that is as wide as a bin, or a semitone; octaves by one around the fifth.
inline Rows chroma(const std::vector<std::vector<float>>& spectra, int rate) {
  const auto semitone = [&](int bin) { return 12 * std::log2(static_cast<double>(bin) * rate / kFrame / 27.5); };
  Rows weights(12, std::vector<double>(kBinCount));
  for (int bin = 0; bin < kBinCount; ++bin) {
    const double at = bin == 0 ? semitone(1) - 18 : semitone(bin);
    const double width = std::max(semitone(bin + 1) - at, 1.0);
    double squares = 0;
    for (int row = 0; row < 12; ++row) {
      const double apart = std::remainder(at - (row + 3) % 12, 12.0);
      weights[row][bin] = std::exp(-0.5 * std::pow(2 * apart / width, 2));
      squares += weights[row][bin] * weights[row][bin];
    }
    for (int row = 0; row < 12; ++row) weights[row][bin] *= std::exp(-0.5 * std::pow((at / 12 - 5) / 2, 2)) / std::sqrt(squares);
  }
  Rows rows(12, std::vector<double>(spectra.size()));
  for (std::size_t frame = 0; frame < spectra.size(); ++frame) {
    double largest = 0;
    for (int row = 0; row < 12; ++row) {
      for (int bin = 0; bin < kBinCount; ++bin) rows[row][frame] += weights[row][bin] * std::pow(spectra[frame][bin], 2);
      largest = std::max(largest, rows[row][frame]);
    }
    for (int row = 0; row < 12 && largest > 1e-37; ++row) rows[row][frame] /= largest;
  }
  return rows;
}

/// What is read off one spectrum and one stretch of samples.
inline void add_shapes(std::span<const float> signal, int64_t centre, const std::vector<float>& magnitude, int rate,
                       std::map<std::string, Rows>& out) {
  const double bin_hertz = static_cast<double>(rate) / kFrame;
  double total = 0;
  double weighted = 0;
  double squares = 0;
  double logs = 0;
  double products = 0;
  for (int bin = 0; bin < kBinCount; ++bin) {
    const double s = magnitude[bin];
    total += s;
    weighted += s * bin * bin_hertz;
    const double power = std::max(1e-10, s * s);
    squares += power / kBinCount;
    logs += std::log(power) / kBinCount;
    products += (bin - kFrame / 4) * bin_hertz * s;
  }
  const double centroid = total > 0 ? weighted / total : 0;
  double spread = 0;
  float cumulative = 0;
  for (int bin = 0; bin < kBinCount; ++bin) {
    spread += total > 0 ? magnitude[bin] / total * std::pow(bin * bin_hertz - centroid, 2) : 0;
    cumulative += magnitude[bin];
  }
  float so_far = 0;
  int rolloff = 0;
  while ((so_far += magnitude[rolloff]) < 0.85F * cumulative) ++rolloff;
  double spread_of_hertz = 0;
  for (int bin = 0; bin < kBinCount; ++bin) spread_of_hertz += std::pow((bin - kFrame / 4) * bin_hertz, 2);
  const double slope = products / spread_of_hertz;

  double energy = 0;
  int crossings = 0;
  for (int64_t i = centre - kFrame / 2; i < centre + kFrame / 2; ++i) {
    energy += std::pow(sample_at(signal, i), 2) / kFrame;
    const bool inside = i > centre - kFrame / 2 && i >= 1 && i < static_cast<int64_t>(signal.size());
    crossings += inside && (sample_at(signal, i) < -1e-10) != (sample_at(signal, i - 1) < -1e-10);
  }
  const std::map<std::string, std::vector<double>> values = {{"centroid", {centroid}},
                                                             {"bandwidth", {std::sqrt(spread)}},
                                                             {"flatness", {std::exp(logs) / squares}},
                                                             {"rolloff", {rolloff * bin_hertz}},
                                                             {"poly", {slope, total / kBinCount - slope * (kFrame / 4) * bin_hertz}},
                                                             {"rms", {std::sqrt(energy)}},
                                                             {"zcr", {static_cast<double>(crossings) / kFrame}}};
  for (const auto& [name, rows] : values) {
    out[name].resize(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) out[name][row].push_back(rows[row]);
  }
}

/// All descriptors of a signal but pitch, by name.
inline std::map<std::string, Rows> describe(std::span<const float> signal, int rate, int mfcc_rows) {
  std::map<std::string, Rows> out;
  std::vector<std::vector<float>> spectra;
  for (int64_t centre = 0; centre <= static_cast<int64_t>(signal.size()); centre += kHop) {
    spectra.push_back(magnitudes(signal, centre));
    add_shapes(signal, centre, spectra.back(), rate, out);
  }
  out["mel"] = mel_bands(spectra, rate, 90);
  out["mel_db"] = decibels(out["mel"]);
  double largest = -1000;
  for (const auto& row : out["mel_db"]) largest = std::max(largest, *std::max_element(row.begin(), row.end()));
  for (auto& row : out["mel_db"]) {
    for (double& x : row) x -= largest;
  }
  out["mfcc"] = cosine_transform(decibels(mel_bands(spectra, rate, 128)), mfcc_rows);
  if (spectra.size() >= 9) {
    out["mfcc_delta"] = deltas(out["mfcc"], 1);
    out["mfcc_delta2"] = deltas(out["mfcc"], 2);
  }
  out["contrast"] = contrast(spectra, rate);
  out["chroma"] = chroma(spectra, rate);
  return out;
}

}  // namespace voxlake::features::plain
