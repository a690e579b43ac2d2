#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "error/result.h"

namespace voxlake::features {

struct SetDefinition;
namespace kernels {
struct Kernels;
}

/// How an utterance is cut into windows.
enum class Windowing {
  sliding,  ///< `length_seconds` long, one every `hop_seconds`
  session,  ///< stretches of speech that end at a silence of `gap_seconds`, no longer than `length_seconds`
  whole,    ///< the whole clip is one window
};

struct WindowOptions {
  Windowing kind = Windowing::sliding;
  double length_seconds = 3.0;
  double hop_seconds = 1.0;
  double gap_seconds = 0.3;        ///< session only
  double silence_decibels = 30.0;  ///< session only: a frame this far under the loudest one is silence
};

/// What to compute. A set is named and versioned; the same options and version give the same numbers.
struct FeatureOptions {
  std::string set = "spectral";  ///< spectral, librosa-full or classic
  int32_t rate = 16000;          ///< Hz, of the signals that will come
  WindowOptions windows;
};

/// A window of one utterance.
struct Window {
  int32_t index = 0;  ///< from 0 in its clip
  double start_seconds = 0;
  double end_seconds = 0;
  bool partial = false;  ///< the clip is shorter than the window
};

/// The features of one utterance.
struct WindowFeatures {
  std::vector<Window> windows;
  /// Column after column: the value of column c in window w is values[c * windows.size() + w]. NaN where the value is undefined.
  std::vector<float> values;
};

/// An immutable feature set: which columns, and how they are computed. Thread safe.
class FeatureSet {
 public:
  /// invalid_argument for an unknown set (naming the nearest known one) or options that make no sense for it.
  static Result<std::shared_ptr<const FeatureSet>> create(const FeatureOptions& options);
  /// A set of one's own; options.set is not looked at. invalid_argument for a definition that makes no sense at the rate.
  static Result<std::shared_ptr<const FeatureSet>> create(const SetDefinition& definition, const FeatureOptions& options);
  /// The same by kernels of one's own choice, which do not change a bit: what tests compare.
  static Result<std::shared_ptr<const FeatureSet>> create(const SetDefinition& definition, const FeatureOptions& options,
                                                          const kernels::Kernels& kernels);
  /// The names of the sets that can be asked for.
  static std::vector<std::string> names();

  const FeatureOptions& options() const { return options_; }
  /// `DESCRIPTOR[_ROW]_FUNCTIONAL`, in the order of the values.
  const std::vector<std::string>& columns() const { return columns_; }
  /// A short text that changes whenever the numbers could: set, version, windows, rate.
  const std::string& fingerprint() const { return fingerprint_; }

  struct Plan;
  const Plan& plan() const { return *plan_; }

 private:
  FeatureOptions options_;
  std::vector<std::string> columns_;
  std::string fingerprint_;
  std::shared_ptr<const Plan> plan_;
};

/// How a long signal is described in little memory. The numbers are the same, whatever stands here.
struct Pieces {
  /// So many windows are handed on at a time; 0: all at once.
  int64_t windows = 0;
  /// Called after each million samples or so that were looked at: whoever has the signal mapped from a file can let its pages go. They are
  /// looked at again: a signal is read some three times.
  std::function<void()> passed;
};

/// Computes a set, keeping its scratch memory between calls. One for each thread.
class Extractor {
 public:
  explicit Extractor(std::shared_ptr<const FeatureSet> set);
  ~Extractor();
  Extractor(Extractor&&) noexcept;

  /// `signal`: mono, at the set's rate. invalid_argument for an empty signal, or one with NaN or infinity in it.
  /// `out` is overwritten; its memory is reused.
  Status compute(std::span<const float> signal, WindowFeatures& out);
  /// The same, the windows in pieces: `take` is given one after the other, and may move from what it is given. An error of it ends the
  /// computation. Memory, beside one piece: some 30 bytes a frame. Sets whose frame is the window (`classic`) come in one piece.
  Status compute(std::span<const float> signal, const Pieces& pieces, const std::function<Status(WindowFeatures&)>& take);

 private:
  Status compute(std::span<const float> signal, const Pieces& pieces, WindowFeatures& out,
                 const std::function<Status(WindowFeatures&)>& take);

  struct Scratch;
  std::shared_ptr<const FeatureSet> set_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace voxlake::features
