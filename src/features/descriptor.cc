#include "features/descriptor.h"

#include <array>

namespace voxlake::features {

const DescriptorText& text_of(Descriptor descriptor) {
  static constexpr std::array<DescriptorText, kDescriptors> kTexts = {{
      {"signal", "full scale", "-1 to 1", "the samples x[n] of the window", "none"},
      {"zcr", "crossings a sample", "0 to 1",
       "changes of sign within the frame / its samples; a sample within 1e-10 of 0 counts as positive",
       "librosa.feature.zero_crossing_rate"},
      {"rms", "full scale", "0 to 1", "sqrt(mean of x^2 over the frame)", "librosa.feature.rms"},
      {"poly", "magnitude a Hz (00), magnitude (01)", "any", "least-squares line S(f) = poly_00 f + poly_01 through the magnitudes",
       "librosa.feature.poly_features(order=1)"},
      {"mel", "power", "0 or more", "sum over bins of filter(bin) S(bin)^2; 90 triangular filters on Slaney's mel scale, 0 Hz to rate / 2",
       "librosa.feature.melspectrogram(n_mels=90); Slaney 1998, Auditory Toolbox"},
      {"mel_db", "dB", "-80 to 0", "10 log10(max(1e-10, mel)) less the same of the utterance's maximum, not under -80",
       "librosa.power_to_db(mel, ref=numpy.max)"},
      {"mfcc", "dB", "any", "orthonormal DCT-II of 128 mel bands in dB, none more than 80 dB under the utterance's maximum",
       "librosa.feature.mfcc; Davis and Mermelstein 1980, doi 10.1109/TASSP.1980.1163420"},
      {"mfcc_delta", "dB a frame", "any", "slope of the least-squares line through nine frames of mfcc",
       "librosa.feature.delta(mfcc); Savitzky and Golay 1964, doi 10.1021/ac60214a047"},
      {"mfcc_delta2", "dB a frame^2", "any", "second derivative of the least-squares parabola through nine frames of mfcc",
       "librosa.feature.delta(mfcc, order=2)"},
      {"contrast", "dB", "0 or more",
       "dB of the mean of the highest 2 % of the magnitudes in a band, less dB of the lowest 2 %; bands 0-200 Hz, then octaves, the last "
       "to "
       "rate / 2",
       "librosa.feature.spectral_contrast; Jiang et al. 2002, doi 10.1109/ICME.2002.1035731"},
      {"centroid", "Hz", "0 to rate / 2", "sum of f S / sum of S", "librosa.feature.spectral_centroid"},
      {"bandwidth", "Hz", "0 to rate / 2", "sqrt(sum of S (f - centroid)^2 / sum of S)", "librosa.feature.spectral_bandwidth"},
      {"flatness", "", "0 to 1", "geometric mean / arithmetic mean of max(1e-10, S^2)",
       "librosa.feature.spectral_flatness; Dubnov 2004, doi 10.1109/LSP.2004.831663"},
      {"rolloff", "Hz", "0 to rate / 2", "the lowest frequency up to which 85 % of the sum of S lies", "librosa.feature.spectral_rolloff"},
      {"chroma", "", "0 to 1", "S^2 summed by pitch class (00 is C, A4 = 440 Hz), scaled to a maximum of 1 in each frame",
       "librosa.feature.chroma_stft(tuning=0); Ellis 2007, Chroma feature analysis and synthesis"},
      {"f0", "Hz", "65 to 500", "fundamental frequency of the voiced frames, by probabilistic YIN and Viterbi decoding",
       "librosa.pyin(fmin=65, fmax=500, no_trough_prob=0.1); Mauch and Dixon 2014, doi 10.1109/ICASSP.2014.6853678"},
      {"f0_semitones", "semitone", "-7.5 to 27.9", "12 log2(f0 / 100 Hz) of the voiced frames",
       "12 numpy.log2(f0 / 100), f0 of librosa.pyin(fmin=65, fmax=500, no_trough_prob=0.1)"},
      {"voicing", "", "0 to 1", "probability that the frame is voiced, of all frames",
       "librosa.pyin(fmin=65, fmax=500, no_trough_prob=0.1), voiced_prob; Mauch and Dixon 2014"},
      {"hnr", "dB", "-30 to 30", "harmonic-to-noise ratio 10 log10((1 - a) / a) of the voiced frames, a their aperiodicity, 0.001 to 0.999",
       "after Boersma 1993, Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio"},
      {"aperiodicity", "", "0 to 1",
       "the lowest trough of YIN's normalised difference between the periods of 500 and 65 Hz, of all frames: 0 periodic; 1 without a "
       "trough",
       "the difference that librosa.pyin computes; de Cheveigné and Kawahara 2002, doi 10.1121/1.1458024"},
  }};
  return kTexts[static_cast<std::size_t>(descriptor)];
}

bool is_double(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::zcr:
    case Descriptor::poly:
    case Descriptor::contrast:
    case Descriptor::centroid:
    case Descriptor::bandwidth:
    case Descriptor::rolloff: return true;
    default: return false;
  }
}

bool is_of_pitch(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::f0:
    case Descriptor::f0_semitones:
    case Descriptor::voicing:
    case Descriptor::hnr:
    case Descriptor::aperiodicity: return true;
    default: return false;
  }
}

}  // namespace voxlake::features
