#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "error/result.h"

namespace voxlake::features {

/// Options of pYIN, librosa's names and defaults where librosa has them (Mauch and Dixon 2014, doi 10.1109/ICASSP.2014.6853678).
struct PitchOptions {
  int32_t rate = 16000;         ///< Hz
  double fmin = 65.0;           ///< Hz
  double fmax = 500.0;          ///< Hz
  int32_t frame_length = 2048;  ///< samples
  int32_t hop_length = 512;     ///< samples
  int32_t n_thresholds = 100;
  double beta_a = 2.0;
  double beta_b = 18.0;
  double boltzmann_parameter = 2.0;
  double resolution = 0.1;             ///< semitones
  double max_transition_rate = 35.92;  ///< octaves a second
  double switch_prob = 0.01;
  /// Of the deepest trough where none lies below the threshold. Raise it to 0.1 for noisy speech: see docs/decisions/0005-pitch.md.
  double no_trough_prob = 0.01;
};

/// The options for noisy, short speech, which the set `spectral` has: no_trough_prob 0.1 (docs/decisions/0005-pitch.md).
PitchOptions speech_pitch_options(int32_t rate);

/// The pitch track of a signal, a value for each centred frame: 1 + n / hop_length of them.
struct PitchTrack {
  std::vector<float> f0;           ///< Hz; NaN where unvoiced
  std::vector<float> voiced_prob;  ///< 0 to 1

  /// Beyond librosa: the lowest trough of the frame's normalised difference, about 0 where periodic, towards 1 in noise; 1 in silence.
  std::vector<float> aperiodicity;
};

/// The harmonic-to-noise ratio in decibels, -30 to 30, that an aperiodicity stands for: the share of a frame's power that repeats from
/// period to period, over the share that does not.
double harmonic_to_noise_decibels(double aperiodicity);

/// How many semitones `hertz` (above 0) lies above 100 Hz; negative below.
double semitones_above_100_hertz(double hertz);

/// Probabilistic YIN as librosa.pyin computes it for float32 input with centred frames and constant padding: the same pitch bins and
/// voicing, the same bits on any CPU. Keeps its tables and scratch between calls: one for each thread.
///
///     PitchTracker tracker({.rate = 16000});
///     PitchTrack track;
///     tracker.compute(signal, track);  // track.f0[t] belongs to the time t * hop_length / rate
class PitchTracker {
 public:
  /// `options` must pass check().
  explicit PitchTracker(const PitchOptions& options);
  ~PitchTracker();
  PitchTracker(PitchTracker&&) noexcept;

  /// invalid_argument, naming the option, where librosa would refuse the options too or they make no sense: fmin below 1 Hz, fmax not
  /// between fmin and half the rate, a frame that is not longer than a period of fmin, or shares that are not between 0 and 1.
  static Status check(const PitchOptions& options);

  /// `signal` finite and not empty. `out` is overwritten, its memory reused.
  /// `passed`: see Pieces (features/feature_set.h).
  void compute(std::span<const float> signal, PitchTrack& out, const std::function<void()>& passed = {});

 private:
  struct Scratch;
  PitchOptions options_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace voxlake::features
