// What the features of a second of audio cost, in processor time of one thread: whole sets, then part by part, at each level of x86-64.
//
// usage: features_bench [--descriptors] [FILE.f32 ...]
//   --descriptors: mel, MFCC and the set spectral of each file alone, one line of JSON, in microseconds for a second of audio.
//   FILE.f32: mono float32 samples at 16 kHz, raw; without any, ten seconds of made-up voice.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "features/feature_set.h"
#include "features/frame_table.h"
#include "features/kernels.h"
#include "features/pitch.h"
#include "features/plan.h"
#include "features/sample_order.h"
#include "features/tile.h"
#include "features/time_domain.h"

namespace {

using namespace voxlake::features;
constexpr int32_t kRate = 16000;

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Microseconds that a call takes: the best of several rounds, which other work on the machine disturbs least.
double cost(const std::function<void()>& call) {
  call();
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    int calls = 0;
    const double start = processor_seconds();
    double elapsed = 0;
    do {
      call();
      ++calls;
      elapsed = processor_seconds() - start;
    } while (elapsed < 0.02);
    best = std::min(best, elapsed / calls);
  }
  return best * 1e6;
}

/// Pulses at 120 Hz and a little noise, louder and softer four times a second, in steps of 16 bits or (off the grid) not.
std::vector<float> made_up_voice(double seconds, bool on_grid) {
  std::vector<float> signal(static_cast<std::size_t>(seconds * kRate));
  uint32_t hash = 1;
  for (std::size_t i = 0; i < signal.size(); ++i) {
    hash = hash * 1664525U + 1013904223U;
    const double t = static_cast<double>(i) / kRate;
    double x = 0;
    for (int harmonic = 1; harmonic < 20; ++harmonic) x += std::sin(2 * std::numbers::pi * 120 * harmonic * t) / harmonic;
    x = 0.15 * x * (1.1 + std::sin(2 * std::numbers::pi * 4 * t)) + 0.01 * (static_cast<double>(hash) / 0x1p31 - 1);
    signal[i] = static_cast<float>(on_grid ? std::round(x * 32768) / 32768 : x);
  }
  return signal;
}

void time_sets(const std::string& name, const std::vector<float>& signal) {
  const double seconds = static_cast<double>(signal.size()) / kRate;
  for (const std::string& set_name : FeatureSet::names()) {
    FeatureOptions options;
    options.set = set_name;
    const auto set = *FeatureSet::create(options);
    Extractor extractor(set);
    WindowFeatures out;
    const double microseconds = cost([&] { (void)extractor.compute(signal, out); }) / seconds;
    std::printf("%-28s %-14s %9.1f us/s %8.0f x real time\n", name.c_str(), set_name.c_str(), microseconds, 1e6 / microseconds);
  }
}

/// Tables and buffers for the parts of `librosa-full` and `spectral` together.
struct Parts {
  explicit Parts(const kernels::Kernels& level) : kernels(level) {
    std::vector<std::string> columns;
    SetDefinition both = set_definitions()[1];
    both.entries.push_back({Descriptor::chroma, kChromaClasses, kAllFunctionals, true});
    plan = make_plan(both, kRate, kernels, columns);
    for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = signal[i % signal.size()];
  }
  const kernels::Kernels& kernels;
  FeatureSet::Plan plan;
  std::vector<float> signal = made_up_voice(3, true);
  std::vector<float> blocks = std::vector<float>(static_cast<std::size_t>(kHopSamples) * kernels::kBlockStride);
  std::vector<double> work = std::vector<double>(kernels::kWorkDoubles);
  std::vector<float> magnitude = std::vector<float>(kBins * kLanes);
  std::vector<float> power = std::vector<float>(kBins * kLanes);
  std::vector<float> rows = std::vector<float>(128 * kLanes);
  std::vector<float> other_rows = std::vector<float>(128 * kLanes);
  std::vector<double> wide_rows = std::vector<double>(16 * 128 * kLanes);
};

void time_parts(const kernels::Kernels& level) {
  Parts p(level);
  const double tiles_per_second = static_cast<double>(kRate) / kHopSamples / kLanes;
  std::printf("\n%s, microseconds for a second of audio\n", std::string(to_string(level.level)).c_str());
  const auto print = [](const char* name, double microseconds) { std::printf("  %-34s %8.1f\n", name, microseconds); };
  const auto tile = [&](const char* name, const std::function<void()>& call) { print(name, cost(call) * tiles_per_second); };
  tile("STFT and magnitudes", [&] { level.spectrum(p.plan.spectrum, p.blocks.data(), p.work.data(), p.magnitude.data(), p.power.data()); });
  kernels::SpectralShape shape;
  tile("centroid … rolloff, poly", [&] { level.shape(p.magnitude.data(), p.power.data(), p.plan.bin_hz, shape); });
  tile("mel, 90 bands", [&] { level.filter(p.plan.mel, p.power.data(), p.rows.data()); });
  tile("mel, 128 bands", [&] { level.filter(p.plan.cepstrum_mel, p.power.data(), p.rows.data()); });
  tile("decibels of 218 rows", [&] {
    level.decibels(p.rows.data(), p.other_rows.data(), 128 * kLanes);
    level.decibels(p.rows.data(), p.other_rows.data(), 90 * kLanes);
  });
  tile("cosine transform to 90",
       [&] { level.cosine(p.plan.cosine_weights, kCepstrumMelRows, 90, p.rows.data(), -80, p.work.data(), p.other_rows.data()); });
  tile("contrast", [&] { level.contrast(p.plan.contrast_bands, p.magnitude.data(), p.wide_rows.data(), p.wide_rows.data() + 200); });
  tile("chroma", [&] { level.chroma(p.plan.chroma_weights.data(), p.power.data(), p.rows.data()); });

  constexpr int kFrames = 94;
  const kernels::Network network = kernels::make_network(kernels::sort_blocks(kFrames));
  std::vector<float> values(static_cast<std::size_t>(kFrames) * kLanes);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = p.signal[i * 7];
  std::vector<double> logs(values.size());
  std::vector<double> out(static_cast<std::size_t>(kFunctionals) * kLanes);
  const kernels::RowBlock<float> block = {values.data(), logs.data(), kLanes, kLanes, kFrames};
  print("functionals of 286 rows, 94 frames",
        cost([&] { level.describe_float(block, network, reinterpret_cast<float*>(p.work.data()), out.data()); }) * 286 / kLanes);
  print("x log x of 195 rows", cost([&] { level.weighted_logs_float(values.data(), logs.data(), 31 * kLanes); }) * 195 / kLanes);
  print("moments of 48,000 samples", cost([&] { (void)level.sample_moments(p.signal.data(), 48000); }));
}

void time_shared_parts() {
  std::printf("\nthe same at every level\n");
  for (const bool on_grid : {true, false}) {
    const std::vector<float> signal = made_up_voice(10, on_grid);
    SampleOrder order;
    const double microseconds = cost([&] {
      order.start(signal, survey_of(signal, kernels::best_kernels()));
      for (int64_t start = 0; start + 3 <= 10; ++start) (void)order.describe(start * kRate, int64_t{3} * kRate);
    });
    std::printf("  %-34s %8.1f\n", on_grid ? "order of samples, 16 bits" : "order of samples, any", microseconds / 10);
  }
  const std::vector<float> signal = made_up_voice(10, true);
  std::vector<float> rms(frame_count(signal.size()));
  std::vector<double> crossings(rms.size());
  std::printf("  %-34s %8.1f\n", "rms", cost([&] { frame_rms(signal, 0, rms); }) / 10);
  std::printf("  %-34s %8.1f\n", "zero crossings", cost([&] { frame_zero_crossing_rate(signal, 0, crossings); }) / 10);
  PitchTracker tracker{PitchOptions{}};
  PitchTrack track;
  std::printf("  %-34s %8.1f\n", "pitch", cost([&] { tracker.compute(signal, track); }) / 10);
}

std::vector<float> read_samples(const char* path) {
  std::vector<float> signal(std::filesystem::file_size(path) / sizeof(float));
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(signal.data()), static_cast<std::streamsize>(signal.size() * 4));
  return signal;
}

/// Whole windows described by the mean alone: from samples to the descriptor's frames, and little else.
double cost_of_mean(Descriptor descriptor, int32_t rows, const std::vector<float>& signal) {
  SetDefinition definition;
  definition.name = "bench";
  definition.entries.push_back({descriptor, rows, 1U << static_cast<int>(Functional::mean)});
  FeatureOptions options;
  options.windows.kind = Windowing::whole;
  Extractor extractor(*FeatureSet::create(definition, options));
  WindowFeatures out;
  return cost([&] { (void)extractor.compute(signal, out); }) * kRate / static_cast<double>(signal.size());
}

void time_descriptors(const std::vector<float>& signal) {
  Extractor spectral(*FeatureSet::create({}));
  WindowFeatures out;
  const double whole = cost([&] { (void)spectral.compute(signal, out); }) * kRate / static_cast<double>(signal.size());
  std::printf("{\"mel, 90 bands\": %.2f, \"MFCC, 20\": %.2f, \"spectral\": %.2f}\n", cost_of_mean(Descriptor::mel, 90, signal),
              cost_of_mean(Descriptor::mfcc, 20, signal), whole);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "--descriptors") {
    time_descriptors(read_samples(arguments[2]));
    return 0;
  }
  for (int i = 1; i < count; ++i) time_sets(arguments[i], read_samples(arguments[i]));
  if (count == 1) {
    time_sets("made-up voice, 16 bits", made_up_voice(10, true));
    time_sets("made-up voice, not on a grid", made_up_voice(10, false));
  }
  for (const auto level : {kernels::Level::portable, kernels::Level::avx2, kernels::Level::avx512}) {
    if (const kernels::Kernels* found = kernels::find_kernels(level)) time_parts(*found);
  }
  time_shared_parts();
}
