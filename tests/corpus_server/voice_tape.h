#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace corpus_server {

/// A minute or more of 16 kHz mono speech, of which clips are cut.
class VoiceTape {
 public:
  /// A buzz that goes through vowels in syllables, with pauses between: pitch, formants and loudness of a voice. Not words.
  static VoiceTape made_up(double pitch_hz, int seconds);
  /// The 16 kHz mono 16-bit wav files below `folder`, one after another. Empty where there are none.
  static VoiceTape recorded(const std::string& folder);

  bool empty() const { return samples_.empty(); }
  /// `count` samples from some place that `draw` fixes; fewer where the tape is shorter.
  std::span<const int16_t> cut(uint64_t draw, size_t count) const;

 private:
  std::vector<int16_t> samples_;
};

}  // namespace corpus_server
