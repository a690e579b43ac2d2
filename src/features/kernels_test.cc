// Each kernel against a slow, plain statement of what it does, at every level that this processor has; and the levels against each
// other, bit for bit.

#include "features/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "features/functional.h"
#include "features/golden_test_support.h"
#include "features/logarithm.h"

namespace voxlake::features::kernels {
namespace {

std::vector<const Kernels*> all_levels() {
  std::vector<const Kernels*> levels;
  for (const Level level : {Level::portable, Level::avx2, Level::avx512}) {
    if (const Kernels* kernels = find_kernels(level)) levels.push_back(kernels);
  }
  return levels;
}

/// What a level computes of sixteen frames, all kernels one after the other.
struct Results {
  std::vector<float> magnitude = std::vector<float>(kBins * kLanes);
  std::vector<float> power = std::vector<float>(kBins * kLanes);
  SpectralShape shape;
  std::vector<float> mel = std::vector<float>(90 * kLanes);
  std::vector<float> decibels = std::vector<float>(90 * kLanes);
  std::vector<float> chroma = std::vector<float>(kChromaClasses * kLanes);
  std::vector<double> peaks = std::vector<double>(kContrastBands * kLanes);
  std::vector<double> valleys = std::vector<double>(kContrastBands * kLanes);
  std::vector<float> cepstrum = std::vector<float>(33 * kLanes);
  std::vector<double> logs = std::vector<double>(90 * kLanes);
};

std::vector<float> blocks_of(const std::vector<float>& signal) {
  std::vector<float> blocks(static_cast<std::size_t>(kHopSamples) * kBlockStride);
  for (std::size_t i = 0; i < signal.size() && i < static_cast<std::size_t>(kBlocks) * kHopSamples; ++i) {
    blocks[i % kHopSamples * kBlockStride + i / kHopSamples] = signal[i];
  }
  return blocks;
}

Results compute(const Kernels& kernels, const std::vector<float>& signal, int32_t rate = 16000) {
  static const SpectrumTables tables = make_spectrum_tables();
  Results out;
  std::vector<double> work(kWorkDoubles);
  kernels.spectrum(tables, blocks_of(signal).data(), work.data(), out.magnitude.data(), out.power.data());
  kernels.shape(out.magnitude.data(), out.power.data(), bin_width_hz(rate), out.shape);
  kernels.filter(make_mel_bank(rate, 90), out.power.data(), out.mel.data());
  kernels.decibels(out.mel.data(), out.decibels.data(), out.mel.size());
  kernels.chroma(make_chroma_weights(rate).data(), out.power.data(), out.chroma.data());
  kernels.contrast(make_contrast_bands(rate), out.magnitude.data(), out.peaks.data(), out.valleys.data());
  kernels.cosine(make_cosine_weights(90, 33), 90, 33, out.decibels.data(), -70, work.data(), out.cepstrum.data());
  kernels.weighted_logs_float(out.mel.data(), out.logs.data(), out.mel.size());
  return out;
}

std::vector<float> loud_noise() {
  return noise_signal(static_cast<std::size_t>(kBlocks) * kHopSamples, 3);
}

/// Noise that fades by 200 dB, with silence behind it.
std::vector<float> fading_noise() {
  std::vector<float> signal = noise_signal(7000, 9);
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] *= std::pow(10.0F, -static_cast<float>(i) / 700);
  return signal;
}

template <typename T>
void expect_same_bits(const std::vector<T>& a, const std::vector<T>& b, const char* what) {
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(T)), 0) << what;
}

TEST(KernelsTest, EveryLevelGivesTheSameBits) {
  for (const std::vector<float>& signal : {loud_noise(), fading_noise(), std::vector<float>(100, 1.0F), std::vector<float>()}) {
    const Results plain = compute(portable_kernels(), signal);
    for (const Kernels* kernels : all_levels()) {
      SCOPED_TRACE(to_string(kernels->level));
      const Results fast = compute(*kernels, signal);
      expect_same_bits(plain.magnitude, fast.magnitude, "magnitude");
      expect_same_bits(plain.power, fast.power, "power");
      EXPECT_EQ(std::memcmp(&plain.shape, &fast.shape, sizeof plain.shape), 0) << "shape";
      expect_same_bits(plain.mel, fast.mel, "mel");
      expect_same_bits(plain.decibels, fast.decibels, "decibels");
      expect_same_bits(plain.chroma, fast.chroma, "chroma");
      expect_same_bits(plain.peaks, fast.peaks, "peaks");
      expect_same_bits(plain.valleys, fast.valleys, "valleys");
      expect_same_bits(plain.cepstrum, fast.cepstrum, "cepstrum");
      expect_same_bits(plain.logs, fast.logs, "logs");
    }
  }
}

TEST(KernelsTest, MagnitudesAreThoseOfThePlainTransform) {
  const std::vector<float> signal = loud_noise();
  const Results results = compute(best_kernels(), signal);
  for (const int lane : {0, 7, 15}) {
    for (const int bin : {0, 1, 2, 31, 32, 33, 127, 496, 511, 512, 513, 528, 1008, 1023, 1024}) {
      std::complex<long double> sum = 0;
      for (int n = 0; n < kFrameSamples; ++n) {
        const long double window = 0.5L - 0.5L * cosl(2 * std::numbers::pi_v<long double> * n / kFrameSamples);
        const long double angle = -2 * std::numbers::pi_v<long double> * (static_cast<int64_t>(n) * bin % kFrameSamples) / kFrameSamples;
        sum += window * signal[lane * kHopSamples + n] * std::complex<long double>(cosl(angle), sinl(angle));
      }
      const auto expected = static_cast<float>(std::abs(sum));
      EXPECT_NEAR(results.magnitude[bin * kLanes + lane], expected, 2e-7F * expected) << bin;
    }
  }
}

TEST(KernelsTest, ASilentFrameIsExactlySilentBesideALoudOne) {
  std::vector<float> signal = loud_noise();
  signal.resize(kFrameSamples);  // only the first lanes hear anything
  const Results results = compute(best_kernels(), signal);
  for (int bin = 0; bin < kBins; ++bin) ASSERT_EQ(results.magnitude[bin * kLanes + 15], 0);
  EXPECT_EQ(results.shape.centroid[15], 0);
  EXPECT_EQ(results.shape.bandwidth[15], 0);
  EXPECT_EQ(results.shape.rolloff[15], 0);
  EXPECT_EQ(results.shape.slope[15], 0);
  EXPECT_NEAR(results.shape.flatness[15], 1, 1e-6);
}

TEST(KernelsTest, ShapeFollowsItsFormulas) {
  const double hz = bin_width_hz(16000);
  for (const std::vector<float>& signal : {loud_noise(), fading_noise()}) {
    const Results results = compute(best_kernels(), signal);
    for (int lane = 0; lane < kLanes; ++lane) {
      double total = 0;
      double first = 0;
      double power = 0;
      double logs = 0;
      for (int bin = 0; bin < kBins; ++bin) {
        const double s = results.magnitude[bin * kLanes + lane];
        const double p = std::max(1e-10F, results.power[bin * kLanes + lane]);
        total += s;
        first += s * bin * hz;
        power += p;
        logs += std::log(p);
      }
      if (total == 0) continue;
      const double centroid = first / total;
      double spread = 0;
      float cumulative = 0;
      std::vector<float> sums;
      for (int bin = 0; bin < kBins; ++bin) {
        const float s = results.magnitude[bin * kLanes + lane];
        spread += static_cast<double>(s) * std::pow(bin * hz - centroid, 2);
        sums.push_back(cumulative += s);
      }
      const auto rolloff = std::find_if(sums.begin(), sums.end(), [&](float sum) { return sum >= 0.85F * sums.back(); });
      EXPECT_NEAR(results.shape.centroid[lane], centroid, 1e-11 * centroid);
      EXPECT_NEAR(results.shape.bandwidth[lane], std::sqrt(spread / total), 1e-9 * centroid);
      EXPECT_EQ(results.shape.rolloff[lane], static_cast<double>(rolloff - sums.begin()) * hz);
      const double flatness = std::exp(logs / kBins) / (power / kBins);
      EXPECT_NEAR(results.shape.flatness[lane], flatness, 1e-6 * flatness);
      // The line's value at the mean frequency is the mean magnitude.
      EXPECT_NEAR(results.shape.slope[lane] * 512 * hz + results.shape.intercept[lane], total / kBins, 1e-12 * total);
    }
  }
}

TEST(KernelsTest, ContrastAveragesTheSortedEndsOfEachBand) {
  for (const int32_t rate : {16000, 22050, 44100, 48000}) {
    const Results results = compute(best_kernels(), fading_noise(), rate);
    int row = 0;
    for (const ContrastBand& band : make_contrast_bands(rate)) {
      for (const int lane : {0, 5, 15}) {
        std::vector<float> sorted;
        for (int i = 0; i < band.bin_count; ++i) sorted.push_back(results.magnitude[(band.first_bin + i) * kLanes + lane]);
        std::sort(sorted.begin(), sorted.end());
        double low = 0;
        double high = 0;
        for (int i = 0; i < band.extremes; ++i) {
          low += static_cast<double>(sorted[i]) / band.extremes;
          high += static_cast<double>(sorted[sorted.size() - 1 - i]) / band.extremes;
        }
        EXPECT_NEAR(results.valleys[row * kLanes + lane], 10 * std::log10(std::max(1e-10, low)), 2e-6);
        EXPECT_NEAR(results.peaks[row * kLanes + lane], 10 * std::log10(std::max(1e-10, high)), 2e-6);
      }
      ++row;
    }
    EXPECT_EQ(row, kContrastBands);
  }
}

TEST(KernelsTest, CosineIsTheOrthonormalTransformOfTheFlooredInput) {
  const Results results = compute(best_kernels(), fading_noise());
  for (int k = 0; k < 33; ++k) {
    for (const int lane : {0, 9, 15}) {
      double sum = 0;
      for (int i = 0; i < 90; ++i) {
        const double x = std::max(-70.0F, results.decibels[i * kLanes + lane]);
        sum += x * std::cos(std::numbers::pi * k * (2 * i + 1) / 180) * std::sqrt((k == 0 ? 1.0 : 2.0) / 90);
      }
      EXPECT_NEAR(results.cepstrum[k * kLanes + lane], sum, 1e-6 * (1 + std::abs(sum))) << k;
    }
  }
  for (int k = 1; k < 33; ++k) EXPECT_EQ(results.cepstrum[k * kLanes + 15], 0) << "a silent frame has no shape";
}

TEST(KernelsTest, DecibelsAndLogsFollowTheirFormulas) {
  const Results results = compute(best_kernels(), fading_noise());
  for (std::size_t i = 0; i < results.mel.size(); ++i) {
    const double x = results.mel[i];
    EXPECT_NEAR(results.decibels[i], 10 * std::log10(std::max(1e-10, x)), 1e-5);
    EXPECT_NEAR(results.logs[i], x > 0 ? x * std::log(x) : 0, 1e-14 * std::abs(x * 50));
  }
}

TEST(KernelsTest, NetworksSortAnyOrderOfZerosAndOnes) {
  // A network that sorts all zeros and ones sorts everything (Knuth's 0-1 principle).
  for (int count = 1; count <= 14; ++count) {
    const Network network = make_network(count);
    for (uint32_t pattern = 0; pattern < 1U << count; ++pattern) {
      uint32_t bits = pattern;
      for (const auto& [low, high] : network) {
        const bool swap = (bits >> low & 1) > (bits >> high & 1);
        if (swap) bits ^= 1U << low | 1U << high;
      }
      const auto ones = std::popcount(pattern);
      ASSERT_EQ(bits, ((1U << ones) - 1) << (count - ones)) << count;
    }
  }
}

/// Rows of every kind: noise, ties, constants, positive, tiny, negative.
std::vector<double> awkward_rows(int frames) {
  std::vector<double> values(static_cast<std::size_t>(frames) * kLanes);
  for (int row = 0; row < kLanes; ++row) {
    const std::vector<float> noise = noise_signal(frames, row);
    for (int frame = 0; frame < frames; ++frame) {
      double x = noise[frame];
      if (row % 4 == 1) x = std::round(x * 8) / 8 + 0.0;
      if (row % 4 == 2) x = std::abs(x);
      if (row == 3) x = 0.1F;
      if (row == 7) x = 0;
      if (row == 11) x *= 1e-20F;
      if (row == 15) x = 5 + x;
      values[static_cast<std::size_t>(frame) * kLanes + row] = static_cast<double>(static_cast<float>(x));
    }
  }
  return values;
}

template <typename T, typename Describe, typename Logs>
std::vector<double> describe_rows(const std::vector<double>& wide, int frames, Describe describe, Logs weighted_logs) {
  const std::vector<T> values(wide.begin(), wide.end());
  std::vector<double> logs(values.size());
  weighted_logs(values.data(), logs.data(), values.size());
  std::vector<T> work(static_cast<std::size_t>(sort_blocks(frames)) * kSortBlock * kLanes);
  std::vector<double> out(static_cast<std::size_t>(kFunctionals) * kLanes);
  describe({values.data(), logs.data(), kLanes, kLanes, frames}, make_network(sort_blocks(frames)), work.data(), out.data());
  return out;
}

TEST(KernelsTest, DescribeSaysOfSixteenRowsWhatSummariseSaysOfEach) {
  for (const int frames : {1, 2, 3, 7, 8, 9, 16, 93, 94, 300}) {
    const std::vector<double> values = awkward_rows(frames);
    for (const Kernels* kernels : all_levels()) {
      SCOPED_TRACE(std::string(to_string(kernels->level)) + ", " + std::to_string(frames) + " frames");
      const auto narrow = describe_rows<float>(values, frames, kernels->describe_float, kernels->weighted_logs_float);
      const auto wide = describe_rows<double>(values, frames, kernels->describe_double, kernels->weighted_logs_double);
      EXPECT_EQ(std::memcmp(narrow.data(), wide.data(), narrow.size() * sizeof(double)), 0);
      for (int row = 0; row < kLanes; ++row) {
        std::vector<double> series;
        for (int frame = 0; frame < frames; ++frame) series.push_back(values[frame * kLanes + row]);
        const Summary expected = summarise(series);
        for (int i = 0; i < kFunctionals; ++i) {
          const double x = wide[i * kLanes + row];
          ASSERT_EQ(std::isnan(x), std::isnan(expected[i])) << row << " " << to_string(static_cast<Functional>(i));
          if (std::isnan(x)) continue;
          EXPECT_NEAR(x, expected[i], 1e-13 * std::abs(expected[i]) + 1e-300) << row << " " << i;
        }
      }
    }
  }
}

TEST(KernelsTest, SampleMomentsAreTheSameAtEveryLevelAndThoseOfThePlainSums) {
  for (const std::size_t count : {1, 15, 16, 17, 48000}) {
    const std::vector<float> signal = noise_signal(count, 4);
    const SampleMoments plain = portable_kernels().sample_moments(signal.data(), count);
    const Summary expected = summarise(std::vector<double>(signal.begin(), signal.end()));
    EXPECT_NEAR(plain.mean, expected[static_cast<int>(Functional::mean)], 1e-14);
    EXPECT_NEAR(plain.second, expected[static_cast<int>(Functional::variance)], 1e-14);
    for (const Kernels* kernels : all_levels()) {
      const SampleMoments moments = kernels->sample_moments(signal.data(), count);
      EXPECT_EQ(std::memcmp(&moments, &plain, sizeof plain), 0) << to_string(kernels->level);
    }
  }
}

TEST(NaturalLogTest, IsWithinTwoUnitsInTheLastPlace) {
  for (double x = 0x1p-1000; x < 0x1p1000; x *= 1.37) {
    const auto expected = static_cast<double>(logl(static_cast<long double>(x)));
    EXPECT_NEAR(natural_log(x), expected, 2.3e-16 * 2 * std::abs(expected)) << x;
  }
  EXPECT_EQ(natural_log(1), 0);
  const double above_one = 1 + 1e-10;
  EXPECT_NEAR(natural_log(above_one), static_cast<double>(logl(static_cast<long double>(above_one))), 1e-25);
}

TEST(KernelsTest, SamplesAreSurveyedAlikeAtEveryLevel) {
  std::vector<float> signal = noise_signal(300, 11);
  for (float& sample : signal) sample = std::round(sample * 30000) / 32768;
  for (const Kernels* kernels : all_levels()) {
    SCOPED_TRACE(to_string(kernels->level));
    for (std::size_t count = 1; count <= signal.size(); ++count) {
      const std::span<const float> part(signal.data() + signal.size() - count, count);
      const SampleSurvey survey = kernels->survey(part.data(), count);
      EXPECT_TRUE(survey.is_finite);
      EXPECT_TRUE(survey.on_grid);
      EXPECT_EQ(survey.low, *std::min_element(part.begin(), part.end()));
      EXPECT_EQ(survey.high, *std::max_element(part.begin(), part.end()));
      int64_t crossings = 0;
      std::vector<double> sums(8);
      for (std::size_t i = 0; i < count; ++i) {
        crossings += i > 0 && (part[i] < -1e-10F) != (part[i - 1] < -1e-10F) ? 1 : 0;
        // What fills no eight goes to the first sums.
        sums[i < count / 8 * 8 ? i % 8 : i - count / 8 * 8] += static_cast<double>(part[i]) * static_cast<double>(part[i]);
      }
      EXPECT_EQ(kernels->crossings(part.data(), count), crossings);
      EXPECT_EQ(kernels->energy(part.data(), count),
                ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])));
    }
  }
}

TEST(KernelsTest, ASurveySeesOneSampleAmongMany) {
  for (const Kernels* kernels : all_levels()) {
    SCOPED_TRACE(to_string(kernels->level));
    for (const std::size_t count : {1U, 15U, 16U, 17U, 100U}) {
      for (std::size_t place = 0; place < count; ++place) {
        const auto surveyed = [&](float sample) {
          std::vector<float> signal(count, 0.25F);
          signal[place] = sample;
          return kernels->survey(signal.data(), count);
        };
        EXPECT_FALSE(surveyed(std::numeric_limits<float>::quiet_NaN()).is_finite);
        EXPECT_FALSE(surveyed(std::numeric_limits<float>::infinity()).is_finite);
        EXPECT_FALSE(surveyed(-std::numeric_limits<float>::infinity()).is_finite);
        EXPECT_TRUE(surveyed(std::numeric_limits<float>::max()).is_finite);
        for (const float off : {1e-30F, 0.1F, 0.25F + 0x1p-16F, 1.0F + 0x1p-15F, -2.0F, 3e30F}) EXPECT_FALSE(surveyed(off).on_grid) << off;
        for (const float on : {0.0F, -0.0F, 1.0F, -1.0F, 0x1p-15F, -32767.0F / 32768}) EXPECT_TRUE(surveyed(on).on_grid) << on;
        EXPECT_EQ(surveyed(-0.5F).low, -0.5F);
        EXPECT_EQ(surveyed(3e30F).high, 3e30F);
      }
    }
  }
}

}  // namespace
}  // namespace voxlake::features::kernels
