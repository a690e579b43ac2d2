#include "features/windows.h"

#include <gtest/gtest.h>

#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

std::vector<float> loud(double seconds) {
  return noise_signal(static_cast<std::size_t>(seconds * 16000), 1);
}

void append_silence(std::vector<float>& signal, double seconds) {
  signal.resize(signal.size() + static_cast<std::size_t>(seconds * 16000), 0.0F);
}

void append_loud(std::vector<float>& signal, double seconds) {
  const std::vector<float> more = loud(seconds);
  signal.insert(signal.end(), more.begin(), more.end());
}

WindowOptions sessions(double gap_seconds, double length_seconds) {
  WindowOptions options;
  options.kind = Windowing::session;
  options.gap_seconds = gap_seconds;
  options.length_seconds = length_seconds;
  return options;
}

TEST(CutWindowsTest, SlidingWindowsAreThoseThatFitWholly) {
  const auto spans = cut_windows(loud(5.5), 16000, {});
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[2].window.index, 2);
  EXPECT_EQ(spans[2].window.start_seconds, 2);
  EXPECT_EQ(spans[2].window.end_seconds, 5);
  EXPECT_FALSE(spans[2].window.partial);
  EXPECT_EQ(spans[2].first_sample, 32000);
  EXPECT_EQ(spans[2].sample_count, 48000);
  EXPECT_EQ(cut_windows(loud(6), 16000, {}).size(), 4U) << "one that ends with the utterance fits";
}

TEST(CutWindowsTest, FramesBelongToTheWindowThatHoldsTheirCentre) {
  const auto spans = cut_windows(loud(5.5), 16000, {});
  for (const WindowSpan& span : spans) {
    const int64_t end = span.first_sample + span.sample_count;
    EXPECT_GE(span.first_frame * 512, span.first_sample);
    EXPECT_LT((span.first_frame - 1) * 512, span.first_sample);
    EXPECT_LT((span.first_frame + span.frame_count - 1) * 512, end);
    EXPECT_GE((span.first_frame + span.frame_count) * 512, end);
  }
  EXPECT_EQ(spans[0].frame_count, 94);
  EXPECT_EQ(spans[1].frame_count, 93);
}

TEST(CutWindowsTest, AShortUtteranceIsOnePartialWindowWithAllFrames) {
  const auto spans = cut_windows(std::vector<float>(1024, 0.5F), 16000, {});
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans[0].window.partial);
  EXPECT_EQ(spans[0].window.end_seconds, 0.064);
  EXPECT_EQ(spans[0].sample_count, 1024);
  EXPECT_EQ(spans[0].frame_count, 3) << "the frame centred on the end, too";
}

TEST(CutWindowsTest, WholeIsEverythingAndNotPartial) {
  WindowOptions options;
  options.kind = Windowing::whole;
  const auto spans = cut_windows(loud(1), 16000, options);
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_FALSE(spans[0].window.partial);
  EXPECT_EQ(spans[0].sample_count, 16000);
  EXPECT_EQ(spans[0].frame_count, 32);
}

TEST(CutWindowsTest, ASessionEndsAtASilenceOfTheGap) {
  std::vector<float> signal = loud(1);
  append_silence(signal, 0.2);  // shorter than the gap
  append_loud(signal, 0.5);
  append_silence(signal, 1);
  append_loud(signal, 0.7);
  const auto spans = cut_windows(signal, 16000, sessions(0.4, 10));
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].window.start_seconds, 0);
  // A frame hears up to half its length (64 ms) beyond its centre, and the session stays open for the gap.
  EXPECT_NEAR(spans[0].window.end_seconds, 1.7 + 0.4, 0.1);
  EXPECT_NEAR(spans[1].window.start_seconds, 2.7, 0.1);
  EXPECT_NEAR(spans[1].window.end_seconds, 3.4, 1e-9) << "no longer than the utterance";
}

TEST(CutWindowsTest, ASessionIsNoLongerThanItsMaximum) {
  const auto spans = cut_windows(loud(5), 16000, sessions(0.3, 2));
  ASSERT_EQ(spans.size(), 3U);
  for (const WindowSpan& span : spans) EXPECT_LE(span.sample_count, 32000);
  EXPECT_NEAR(spans[1].window.start_seconds, 2, 0.033);
}

TEST(CutWindowsTest, SilenceIsAsLoudAsItsLoudestFrame) {
  const auto spans = cut_windows(std::vector<float>(16000), 16000, sessions(0.3, 3));
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].sample_count, 16000);
}

TEST(CutWindowsTest, EveryWindowHasAFrame) {
  WindowOptions tiny;
  tiny.length_seconds = tiny.hop_seconds = 0.01;
  for (const WindowSpan& span : cut_windows(loud(0.5), 16000, tiny)) {
    EXPECT_GE(span.frame_count, 1);
    EXPECT_LE(span.first_frame + span.frame_count, 1 + 8000 / 512);
  }
}

}  // namespace
}  // namespace voxlake::features
