// Any options and any samples: a set is refused, or describes every finite signal without a crash, an infinity or a broken promise; and
// the portable kernels say the same to the last bit.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "features/feature_set.h"
#include "features/plan.h"

namespace {

using namespace voxlake::features;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The bytes of the input, taken one after the other; zeros when there are no more.
class Bytes {
 public:
  explicit Bytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  template <typename T>
  T take() {
    T value{};
    const std::size_t count = std::min(sizeof value, bytes_.size());
    std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  std::span<const uint8_t> rest() const { return bytes_; }

 private:
  std::span<const uint8_t> bytes_;
};

/// Often one that is usual, now and then any at all.
double seconds(Bytes& bytes) {
  const auto kind = bytes.take<uint8_t>();
  return kind < 240 ? kind / 80.0 : bytes.take<double>();
}

/// A set of the program's, or one with parameters of its own.
SetDefinition definition_of(Bytes& bytes) {
  SetDefinition definition = set_definitions()[bytes.take<uint8_t>() % set_definitions().size()];
  if (bytes.take<uint8_t>() < 128) return definition;
  std::erase_if(definition.entries, [&](const SetEntry&) { return bytes.take<uint8_t>() < 128; });
  for (SetEntry& entry : definition.entries) {
    entry.functionals &= bytes.take<uint32_t>();
    if (bytes.take<uint8_t>() < 200) continue;
    entry.rows = bytes.take<uint8_t>();
    entry.parameters.mel_rows = bytes.take<uint8_t>();
    entry.parameters.lowest_hz = bytes.take<uint16_t>();
    entry.parameters.highest_hz = bytes.take<uint16_t>();
    entry.parameters.rolloff = bytes.take<uint8_t>() / 200.0;
  }
  if (bytes.take<uint8_t>() < 128) return definition;
  definition.framing.frame_samples = bytes.take<uint16_t>() % 5000;
  definition.framing.hop_samples = bytes.take<uint16_t>() % 5000;
  definition.pitch.fmin = bytes.take<uint16_t>();
  definition.pitch.fmax = bytes.take<uint16_t>();
  definition.pitch.frame_samples = bytes.take<uint16_t>() % 5000;
  return definition;
}

FeatureOptions options_of(Bytes& bytes) {
  FeatureOptions options;
  constexpr int32_t kRates[] = {16000, 8000, 22050, 48000, 12801, 1000};
  const auto rate = bytes.take<uint8_t>();
  options.rate = rate < 240 ? kRates[rate % std::size(kRates)] : bytes.take<int32_t>();
  options.windows.kind = static_cast<Windowing>(bytes.take<uint8_t>() % 3);
  options.windows.length_seconds = seconds(bytes);
  options.windows.hop_seconds = seconds(bytes);
  options.windows.gap_seconds = seconds(bytes);
  options.windows.silence_decibels = bytes.take<uint8_t>();
  return options;
}

/// The rest as samples: of 16 bits, or as the floats that the bytes are.
std::vector<float> signal_of(Bytes& bytes) {
  const bool is_float = bytes.take<uint8_t>() % 4 == 0;
  const auto repeats = static_cast<std::size_t>(bytes.take<uint8_t>()) + 1;
  std::vector<float> signal;
  const std::span<const uint8_t> rest = bytes.rest();
  const std::size_t width = is_float ? 4 : 2;
  for (std::size_t i = 0; i + width <= rest.size(); i += width) {
    float x = 0;
    int16_t step = 0;
    if (is_float) {
      std::memcpy(&x, rest.data() + i, 4);
    } else {
      std::memcpy(&step, rest.data() + i, 2);
      x = static_cast<float>(step) / 32768;
    }
    signal.push_back(x);
  }
  const std::vector<float> once = signal;
  for (std::size_t i = 1; i < repeats && signal.size() < 20000; ++i) signal.insert(signal.end(), once.begin(), once.end());
  signal.resize(std::min<std::size_t>(signal.size(), 20000));
  return signal;
}

void check(const FeatureSet& set, std::span<const float> signal, const WindowFeatures& features) {
  require(!features.windows.empty() && features.values.size() == features.windows.size() * set.columns().size());
  const double end = static_cast<double>(signal.size()) / set.options().rate;
  for (std::size_t i = 0; i < features.windows.size(); ++i) {
    const Window& window = features.windows[i];
    require(window.index == static_cast<int32_t>(i));
    require(window.start_seconds >= 0 && window.start_seconds < window.end_seconds && window.end_seconds <= end + 1e-3);
  }
  // Squares and fourth powers of what is far over full scale leave float32.
  const bool is_audible = std::all_of(signal.begin(), signal.end(), [](float x) { return std::abs(x) <= 1000; });
  if (is_audible) require(std::none_of(features.values.begin(), features.values.end(), [](float x) { return std::isinf(x); }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes({data, size});
  const SetDefinition definition = definition_of(bytes);
  const FeatureOptions options = options_of(bytes);
  const auto set = FeatureSet::create(definition, options);
  if (!set) {
    require(!set.error().message.empty());
    return 0;
  }
  const std::vector<float> signal = signal_of(bytes);
  // A window for every few samples, each of thousands of values, is asked for in earnest by nobody.
  const double windows = static_cast<double>(signal.size()) / options.rate / std::max(options.windows.hop_seconds, 1e-3);
  if (options.windows.kind == Windowing::sliding && windows * static_cast<double>((*set)->columns().size()) > 200000) return 0;
  Extractor extractor(*set);
  WindowFeatures features;
  const bool is_finite = std::all_of(signal.begin(), signal.end(), [](float x) { return std::isfinite(x); });
  const auto status = extractor.compute(signal, features);
  require(static_cast<bool>(status) == (is_finite && !signal.empty()));
  if (!status) return 0;
  check(**set, signal, features);
  const auto portable = FeatureSet::create(definition, options, kernels::portable_kernels());
  WindowFeatures again;
  require(static_cast<bool>(Extractor(*portable).compute(signal, again)));
  require(again.values.size() == features.values.size());
  if (again.values.empty()) return 0;  // a set of descriptors without a functional
  require(std::memcmp(features.values.data(), again.values.data(), again.values.size() * sizeof(float)) == 0);
  return 0;
}
