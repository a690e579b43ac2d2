#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "features/pitch_candidates.h"

namespace voxlake::features {

/// The second half of pYIN (Mauch and Dixon 2014, section 2.2): the most probable course of pitch and voicing through the frames'
/// candidates, by Viterbi's algorithm over 2 * bins states (each bin voiced, each bin unvoiced). Finds the path that librosa's dense search
/// over all pairs of states finds, ties aside.
///
/// What makes it cheap:
/// - A voiced state without a candidate has a log probability of about -708, as unreachable states have. While being unvoiced is possible
/// at
///   all, the unvoiced state of the same bin is the better way, so only candidates are followed.
/// - Transitions are a triangular window, whose logarithm is concave: the best predecessor then rises with the bin, and divide and conquer
///   finds it for all bins in bins * log(bins) steps.
/// - Nobody asks in which unvoiced state a path rests: an unvoiced state only remembers the candidate that was left for it. So memory grows
/// by a
///   few bytes for each candidate that matters, not by the number of states.
///
/// Push each frame in order, then finish(). Keeps its memory: one for each thread.
class PitchDecoder {
 public:
  /// `width`: how many bins a transition can reach, at least 1. `switch_prob`: of changing between voiced and unvoiced, 0 to 1.
  PitchDecoder(int32_t bins, int32_t width, double switch_prob);

  /// Forgets all frames.
  void start();
  /// The next frame: candidates in rising order of bin, and the probability that it is voiced.
  void push(std::span<const PitchCandidate> candidates, double voiced_prob);
  /// The bin of each frame pushed, or -1 where unvoiced.
  void finish(std::vector<int32_t>& path);

 private:
  // A position in kept_; `nothing` stands for no voiced state so far.
  using KeptId = int32_t;
  static constexpr KeptId nothing = -1;

  // A voiced state that may be on the best path, and the last voiced state before it: all frames in between are unvoiced.
  struct Kept {
    int32_t bin;
    KeptId previous;
  };
  // The best path to a state: its log probability, and its last voiced state (before the frame, for a state of that frame being computed).
  struct Path {
    double value;
    KeptId last;
  };
  struct VoicedPath {
    int32_t bin;
    double value;
    KeptId last;
  };

  void reach_from_unvoiced();
  void reach_from_voiced();
  void search_origins(int32_t begin, int32_t end, int32_t lowest, int32_t highest);
  Path arrive_voiced(int32_t bin) const;
  Path arrive_unvoiced(int32_t bin) const;
  void step_unvoiced(double log_unvoiced);
  void step_voiced(std::span<const PitchCandidate> candidates, bool all_bins);
  void keep_voiced();
  void find_best();

  int32_t bins_;
  int32_t lowest_offset_ = 0;  // of a transition's target from its origin
  int32_t highest_offset_ = 0;
  std::vector<double> log_window_;  // by offset - lowest_offset_
  std::vector<double> log_sum_;     // of the part of the window that lies within the bins, by origin
  double highest_log_transition_ = 0;
  double log_stay_;
  double log_switch_;

  bool started_ = false;
  std::vector<Path> unvoiced_;       // of the last frame, by bin
  std::vector<VoicedPath> voiced_;   // of the last frame, those worth following
  Path best_{};                      // of the last frame
  std::vector<double> source_;       // the last frame's unvoiced values, less log_sum_
  std::vector<Path> from_unvoiced_;  // best way to each bin from the last frame's unvoiced states, but for the share of the voicing
  std::vector<Path> from_voiced_;    // the same from its voiced states

  std::vector<Kept> kept_;
  std::vector<size_t> frame_begin_;  // into kept_, by frame
};

}  // namespace voxlake::features
