#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/column_spectrum.h"
#include "features/plan.h"
#include "features/windows.h"

namespace voxlake::features {

/// A window longer than this is not transformed as one frame: the memory for it would be beyond what a clip may take. 131 s at 16 kHz.
inline constexpr int64_t kLongestWindowFrame = int64_t{1} << 21;

/// Describes windows as librosa does where its frames are as long as the windows (n_fft the window, hop_length its hop, center=False):
/// each window is one frame, and what several rows tell of it is summarised across the rows.
///
/// A window shorter than the set's frame is filled with zeros at its end, so that its bins are those of the others; one that is longer
/// (of windows that are whole clips) is a frame of its own length. zcr and rms are of the samples alone. Decibels refer to the maximum
/// over all windows of the utterance. Keeps scratch memory: one for each thread.
class WindowFrames {
 public:
  /// `frame_samples`: of a window as it is configured.
  WindowFrames(const FeatureSet::Plan& plan, int32_t rate, int64_t frame_samples);

  /// Fills the columns of everything but the samples' own functionals. NaN for what is undefined, and for the spectra of windows longer
  /// than kLongestWindowFrame. `out` has its windows, and room for its values.
  void describe(std::span<const float> signal, std::span<const WindowSpan> spans, WindowFeatures& out);

 private:
  /// What depends on the length of the frame.
  struct Tables {
    Tables(const FeatureSet::Plan& plan, int32_t rate, int64_t frame_samples);
    double bin_hz;
    ColumnSpectrum spectrum;
    std::vector<FilterBank> banks;  ///< of each entry; empty where it needs none
    std::vector<double> chroma_weights;
    std::vector<std::vector<ContrastBand>> contrast_bands;  ///< of each entry
  };
  /// The rows of an entry in all windows, and what has to be known of all windows before they are.
  struct Rows {
    std::size_t count = 0;
    std::size_t part_count = 0;
    std::vector<double> values;  ///< [window][count]; of contrast the peaks, until the maxima are known
    std::vector<double> parts;   ///< [window][part_count]: valleys of contrast, mel bands in decibels of mfcc
  };

  void measure(std::span<const float> signal, const WindowSpan& span, std::size_t window);
  void measure_spectrum(std::size_t entry, const Tables& tables, std::size_t window);
  void refer_to_maxima(std::size_t entry);
  void transform_decibels(std::size_t entry);
  void put(std::size_t entry, std::size_t window, WindowFeatures& out) const;
  Tables& tables_for(int64_t samples);

  const FeatureSet::Plan& plan_;
  int32_t rate_;
  int64_t frame_samples_;
  std::unique_ptr<Tables> usual_;
  std::unique_ptr<Tables> longer_;                   ///< of the last window that was longer
  std::vector<std::vector<double>> cosine_weights_;  ///< of each entry: [row][mel band]
  std::vector<Rows> rows_;                           ///< of each entry
  double rolloff_ = 0.85;
  std::vector<float> magnitude_;
  std::vector<float> power_;
  std::vector<float> mel_;  ///< and whatever else is worked out row by row
  std::vector<float> work_;
  ColumnShape shape_;
};

}  // namespace voxlake::features
