#pragma once

#include <cstdint>
#include <string_view>

namespace voxlake::features {

/// A series that describes an utterance: a row or several, one value a frame.
enum class Descriptor {
  signal,  ///< the samples themselves
  zcr,
  rms,
  poly,
  mel,
  mel_db,
  mfcc,
  mfcc_delta,
  mfcc_delta2,
  contrast,
  centroid,
  bandwidth,
  flatness,
  rolloff,
  chroma,
  f0,            ///< Hz, of voiced frames
  f0_semitones,  ///< the same in semitones over 100 Hz
  voicing,       ///< the probability that the frame is voiced
  hnr,           ///< harmonic-to-noise ratio in dB, of voiced frames
  aperiodicity,
};
inline constexpr int kDescriptors = 20;

/// What the documentation of the columns says of a descriptor.
struct DescriptorText {
  std::string_view name;     ///< as columns are named: `mel_db`
  std::string_view unit;     ///< of its values; "" for a pure number
  std::string_view range;    ///< of its values
  std::string_view formula;  ///< plain text
  std::string_view source;   ///< the function of librosa 0.11 that it equals, and the paper
};
const DescriptorText& text_of(Descriptor descriptor);

/// librosa gives some descriptors as float64, others as float32; their values are kept so, and are widened for the functionals.
bool is_double(Descriptor descriptor);

/// Whether it is taken from the pitch track.
bool is_of_pitch(Descriptor descriptor);

}  // namespace voxlake::features
