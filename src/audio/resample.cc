#include "audio/resample.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace voxlake::audio {
namespace {

// python-soxr feeds the resampler in pieces as well: libsoxr's one-shot call takes time quadratic in the length.
constexpr size_t kPieceSamples = 1 << 16;
constexpr size_t kPassedSamples = 1 << 20;

struct DeleteResampler {
  void operator()(soxr_t resampler) const { soxr_delete(resampler); }
};
using Resampler = std::unique_ptr<soxr, DeleteResampler>;

tl::unexpected<Error> resampler_failure(soxr_error_t error) {
  if (std::string_view(error).find("malloc failed") != std::string_view::npos) throw std::bad_alloc();
  return failure(ErrorKind::internal, std::string("libsoxr cannot resample: ") + error);
}

/// Feeds all of `signal` and then the end of input, until the resampler has given `wanted` samples or has no more to give.
Status run(soxr_t resampler, std::span<const float> signal, size_t wanted, scratch::Spool<float>& output,
           const std::function<void()>& passed) {
  size_t given = 0;
  size_t told = 0;
  while (output.size() < wanted) {
    const bool at_end = given == signal.size();
    size_t taken = 0;
    size_t made = 0;
    const size_t room = std::min(kPieceSamples, wanted - output.size());
    VOXLAKE_ASSIGN(float* target, output.extend(room));
    const soxr_error_t error = soxr_process(resampler, at_end ? nullptr : signal.data() + given,
                                            std::min(kPieceSamples, signal.size() - given), &taken, target, room, &made);
    if (error != nullptr) return resampler_failure(error);
    given += taken;
    output.drop(room - made);
    if (at_end && made == 0) break;
    if (passed && given - told >= kPassedSamples) {
      passed();
      told = given;
    }
  }
  return {};
}

/// Silence up to `wanted` samples.
Status pad(size_t wanted, scratch::Spool<float>& output) {
  while (output.size() < wanted) {
    const size_t room = std::min(kPieceSamples, wanted - output.size());
    VOXLAKE_ASSIGN(float* target, output.extend(room));
    std::fill_n(target, room, 0.0F);
  }
  return {};
}

}  // namespace

Result<scratch::Spool<float>> resample(std::span<const float> signal, int32_t from_rate, int32_t to_rate, const scratch::Limits& limits,
                                       const std::function<void()>& passed) {
  if (from_rate <= 0 || to_rate <= 0) {
    return failure(ErrorKind::invalid_argument,
                   "cannot resample from " + std::to_string(from_rate) + " Hz to " + std::to_string(to_rate) + " Hz",
                   "give rates above 0 Hz");
  }
  scratch::Spool<float> output(limits);
  if (from_rate == to_rate || signal.empty()) {
    VOXLAKE_TRY(output.append(signal));
    VOXLAKE_TRY(output.finish());
    return output;
  }
  // librosa.resample fixes the length to this, cutting or padding with zeros what soxr gave.
  const double ratio = static_cast<double>(to_rate) / from_rate;
  const auto wanted = static_cast<size_t>(std::ceil(static_cast<double>(signal.size()) * ratio));
  output.reserve(wanted);

  soxr_error_t error = nullptr;
  const soxr_io_spec_t samples = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t one_thread = soxr_runtime_spec(1);
  const Resampler resampler(soxr_create(from_rate, to_rate, 1, &error, &samples, &quality, &one_thread));
  if (error != nullptr || resampler == nullptr) return resampler_failure(error != nullptr ? error : "malloc failed");
  VOXLAKE_TRY(run(resampler.get(), signal, wanted, output, passed));
  VOXLAKE_TRY(pad(wanted, output));
  VOXLAKE_TRY(output.finish());
  return output;
}

}  // namespace voxlake::audio
