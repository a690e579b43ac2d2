#include "features/pitch_series.h"

#include <gtest/gtest.h>

#include <limits>

namespace voxlake::features {
namespace {

constexpr float kUnvoiced = std::numeric_limits<float>::quiet_NaN();

std::vector<double> gather(Descriptor descriptor, int64_t first_frame, int64_t frame_count) {
  const PitchTrack track = {{kUnvoiced, 100, kUnvoiced, 200, 50}, {0.125F, 0.5F, 0.25F, 0.75F, 1}, {1, 0.5F, 0.875F, 0.125F, 0.25F}};
  std::vector<double> values = {-1};
  gather_pitch_series(track, descriptor, first_frame, frame_count, values);
  return values;
}

TEST(PitchSeriesTest, F0AndWhatIsMadeOfItTakeTheVoicedFramesOfTheWindowAlone) {
  EXPECT_EQ(gather(Descriptor::f0, 0, 4), (std::vector<double>{100, 200}));
  EXPECT_EQ(gather(Descriptor::f0_semitones, 0, 5).size(), 3U);
  EXPECT_EQ(gather(Descriptor::hnr, 1, 3), (std::vector<double>{harmonic_to_noise_decibels(0.5), harmonic_to_noise_decibels(0.125)}));
  EXPECT_TRUE(gather(Descriptor::f0, 2, 1).empty());
}

TEST(PitchSeriesTest, VoicingAndAperiodicityTakeEveryFrameOfTheWindow) {
  EXPECT_EQ(gather(Descriptor::voicing, 1, 3), (std::vector<double>{0.5, 0.25, 0.75}));
  EXPECT_EQ(gather(Descriptor::aperiodicity, 0, 3), (std::vector<double>{1, 0.5, 0.875}));
}

TEST(PitchSeriesTest, AnOctaveIsTwelveSemitonesAndAHundredHertzIsNone) {
  const std::vector<double> semitones = gather(Descriptor::f0_semitones, 0, 5);
  ASSERT_EQ(semitones.size(), 3U);
  EXPECT_NEAR(semitones[0], 0, 1e-15);
  EXPECT_NEAR(semitones[1], 12, 1e-14);
  EXPECT_NEAR(semitones[2], -12, 1e-14);
  EXPECT_NEAR(semitones_above_100_hertz(440), 25.65, 1e-2);
}

TEST(PitchSeriesTest, TheVoicedShareCountsTheWindowsFrames) {
  const PitchTrack track = {{kUnvoiced, 100, kUnvoiced, 200, 50}, {}, {}};
  EXPECT_EQ(voiced_share(track, 0, 5), 0.6);
  EXPECT_EQ(voiced_share(track, 0, 1), 0);
  EXPECT_EQ(voiced_share(track, 3, 2), 1);
}

}  // namespace
}  // namespace voxlake::features
