#include "features/pitch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "features/logarithm.h"
#include "features/pitch_candidates.h"
#include "features/pitch_decoder.h"
#include "features/pitch_difference.h"

namespace voxlake::features {

namespace {

// How many bins a transition from one frame to the next can reach. Halves are rounded to even, as Python does.
int32_t transition_width(const PitchOptions& options, int32_t bins_per_semitone) {
  const double semitones = std::nearbyint(options.max_transition_rate * 12 * options.hop_length / options.rate);
  return static_cast<int32_t>(semitones) * bins_per_semitone + 1;
}

}  // namespace

double harmonic_to_noise_decibels(double aperiodicity) {
  const double noise = std::clamp(aperiodicity, 0.001, 0.999);  // just under 30 dB
  return 10 / std::numbers::ln10 * natural_log((1 - noise) / noise);
}

double semitones_above_100_hertz(double hertz) {
  return 12 / std::numbers::ln2 * natural_log(hertz / 100);
}

PitchOptions speech_pitch_options(int32_t rate) {
  PitchOptions options;
  options.rate = rate;
  options.no_trough_prob = 0.1;
  return options;
}

struct PitchTracker::Scratch {
  explicit Scratch(const PitchOptions& options)
      : candidates(options),
        difference(options.frame_length, options.hop_length, candidates.min_period(), candidates.max_period()),
        decoder(candidates.bins(), transition_width(options, candidates.bins_per_semitone()), options.switch_prob) {
    for (int32_t bin = 0; bin < candidates.bins(); ++bin) {
      const long double octaves = static_cast<long double>(bin) / (12 * candidates.bins_per_semitone());
      frequencies.push_back(static_cast<float>(options.fmin * exp2l(octaves)));
    }
  }

  float frequency(int32_t bin) const { return bin < 0 ? std::numeric_limits<float>::quiet_NaN() : frequencies[static_cast<size_t>(bin)]; }

  PitchCandidates candidates;
  NormalisedDifference difference;
  PitchDecoder decoder;
  std::vector<float> frequencies;  // Hz, by bin
  std::vector<int32_t> path;
};

PitchTracker::PitchTracker(const PitchOptions& options) : options_(options), scratch_(std::make_unique<Scratch>(options)) {}
PitchTracker::~PitchTracker() = default;
PitchTracker::PitchTracker(PitchTracker&&) noexcept = default;

Status PitchTracker::check(const PitchOptions& options) {
  const auto refuse = [](std::string message, std::string remedy) {
    return failure(ErrorKind::invalid_argument, "pitch: " + std::move(message), std::move(remedy));
  };
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  if (options.rate < 1 || options.rate > 768000) return refuse("rate " + std::to_string(options.rate) + " Hz is not one of audio", {});
  if (!(options.fmin >= 1)) return refuse("fmin is " + std::to_string(options.fmin) + " Hz", "choose at least 1 Hz");
  if (!(options.fmax > options.fmin)) return refuse("fmax is not above fmin", "choose an fmax above fmin");
  if (!(options.fmax <= options.rate / 2.0)) return refuse("fmax is above half the rate", "choose at most half the rate");
  if (options.frame_length < 4 || options.frame_length > (1 << 20)) return refuse("frame_length is not between 4 and 1048576 samples", {});
  if (options.hop_length < 1) return refuse("hop_length is not positive", {});
  if (options.rate / options.fmin >= options.frame_length - 1) {
    return refuse("a frame of " + std::to_string(options.frame_length) + " samples holds no period of fmin",
                  "choose longer frames or a higher fmin");
  }
  if (options.n_thresholds < 1 || options.n_thresholds > 100000) return refuse("n_thresholds is not between 1 and 100000", {});
  if (!(options.beta_a > 0 && options.beta_a <= 1000 && options.beta_b > 0 && options.beta_b <= 1000)) {
    return refuse("beta_a and beta_b must be above 0 and at most 1000", {});
  }
  if (!(options.boltzmann_parameter > 0 && options.boltzmann_parameter <= 1000)) return refuse("boltzmann_parameter is not positive", {});
  if (!(options.resolution >= 0.001 && options.resolution < 1)) return refuse("resolution is not between 0.001 and 1 semitone", {});
  if (!(options.max_transition_rate >= 0 && options.max_transition_rate <= 1e4))
    return refuse("max_transition_rate is not between 0 and 10000", {});
  if (!is_share(options.switch_prob)) return refuse("switch_prob is not between 0 and 1", {});
  if (!is_share(options.no_trough_prob)) return refuse("no_trough_prob is not between 0 and 1", {});
  return {};
}

void PitchTracker::compute(std::span<const float> signal, PitchTrack& out, const std::function<void()>& passed) {
  Scratch& s = *scratch_;
  const size_t half = static_cast<size_t>(options_.frame_length) / 2;
  const size_t padded = signal.size() + 2 * half;
  const auto length = static_cast<size_t>(options_.frame_length);
  const size_t frames = padded < length ? 0 : 1 + (padded - length) / static_cast<size_t>(options_.hop_length);
  out.f0.resize(frames);
  out.voiced_prob.resize(frames);
  out.aperiodicity.resize(frames);

  const size_t passed_frames = (size_t{1} << 20) / static_cast<size_t>(options_.hop_length) + 1;
  size_t looked_at = 0;
  s.decoder.start();
  for (size_t first = 0; first < frames; first += NormalisedDifference::batch()) {
    const size_t count = std::min(NormalisedDifference::batch(), frames - first);
    s.difference.compute(signal, first, count);
    for (size_t i = 0; i < count; ++i) {
      s.candidates.compute(s.difference.frame(i));
      s.decoder.push(s.candidates.candidates(), s.candidates.voiced_prob());
      out.voiced_prob[first + i] = static_cast<float>(s.candidates.voiced_prob());
      out.aperiodicity[first + i] = static_cast<float>(s.candidates.aperiodicity());
    }
    looked_at += count;
    if (looked_at < passed_frames || !passed) continue;
    looked_at = 0;
    passed();
  }
  s.decoder.finish(s.path);
  for (size_t frame = 0; frame < frames; ++frame) out.f0[frame] = s.frequency(s.path[frame]);
}

}  // namespace voxlake::features
