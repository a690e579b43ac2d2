// Memory and time grow with the length of a signal no faster than they must, from a minute to twenty.

#include <gtest/gtest.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <ctime>
#include <memory>

#include "features/feature_set.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
constexpr bool kCanCount = false;  // the allocator is another one, or does not say
std::size_t bytes_in_use() {
  return 0;
}
#else
constexpr bool kCanCount = true;
std::size_t bytes_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#endif

constexpr std::size_t kRate = 16000;

/// Noise that is loud and faint in turn, so that sessions begin and end.
std::vector<float> long_signal(std::size_t seconds) {
  std::vector<float> signal = noise_signal(seconds * kRate, 1, 0.5F);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    if (i / kRate % 4 == 3) signal[i] *= 0x1p-9F;
  }
  return signal;
}

FeatureOptions options_of(const std::string& set, Windowing windowing) {
  FeatureOptions options;
  options.set = set;
  options.windows.kind = windowing;
  return options;
}

struct Cost {
  double scratch_bytes = 0;  ///< that the extractor holds afterwards
  double seconds = 0;        ///< of processor time
};

Cost cost_of(const FeatureOptions& options, std::span<const float> signal) {
  const auto set = *FeatureSet::create(options);
  WindowFeatures features;
  const std::size_t before = bytes_in_use();
  const std::clock_t begin = std::clock();
  const auto extractor = std::make_unique<Extractor>(set);
  EXPECT_TRUE(extractor->compute(signal, features));
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const auto output = static_cast<double>(features.values.capacity() * sizeof(float) + features.windows.capacity() * sizeof(Window));
  return {static_cast<double>(bytes_in_use()) - static_cast<double>(before) - output, seconds};
}

class BoundedTest : public testing::TestWithParam<std::string> {};

TEST_P(BoundedTest, TwentyMinutesNeedLittleMoreScratchThanOneAndEachSecondCostsAsMuch) {
  const std::vector<float> signal = long_signal(1200);
  const std::span<const float> minute = std::span(signal).first(60 * kRate);
  for (const Windowing windowing : {Windowing::sliding, Windowing::session}) {
    const Cost first = cost_of(options_of(GetParam(), windowing), minute);
    const Cost brief = cost_of(options_of(GetParam(), windowing), minute);
    const Cost lengthy = cost_of(options_of(GetParam(), windowing), signal);
    // Anything that grows with the square would cost 20 times as much; processor time on a busy machine varies by less than 4.
    EXPECT_LT(lengthy.seconds / 20, 4 * std::max(first.seconds, brief.seconds));
    if (!kCanCount) continue;
    EXPECT_LT(brief.scratch_bytes, 40e6);
    // A pitch track and its path, and what is known of each hop: not the frames themselves, which would be 80 MB or more.
    EXPECT_LT(lengthy.scratch_bytes, brief.scratch_bytes + 20e6);
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, BoundedTest, testing::Values("spectral", "librosa-full", "classic"),
                         [](const auto& info) { return info.param == "librosa-full" ? std::string("full") : info.param; });

}  // namespace
}  // namespace voxlake::features
