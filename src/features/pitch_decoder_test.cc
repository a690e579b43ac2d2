#include "features/pitch_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace voxlake::features {
namespace {

struct Frame {
  std::vector<PitchCandidate> candidates;
  double voiced_prob = 0;
};

double log_of(double probability) {
  return std::log(probability + std::numeric_limits<double>::min());
}

// Viterbi over all pairs of states, as librosa.sequence.viterbi does it. States below `bins` are voiced.
class DenseDecoder {
 public:
  DenseDecoder(int bins, int width, double switch_prob) : bins_(bins) {
    for (int from = 0; from < 2 * bins; ++from) {
      std::vector<double> row;
      double sum = 0;
      for (int to = 0; to < 2 * bins; ++to) {
        const int half = (width - 1) / 2;
        row.push_back(std::max(0, half + 1 - std::abs(to % bins - from % bins)));
        if (to < bins) sum += row.back();
      }
      for (int to = 0; to < 2 * bins; ++to) {
        const bool stays = (from < bins) == (to < bins);
        row[static_cast<size_t>(to)] = log_of(row[static_cast<size_t>(to)] / sum * (stays ? 1 - switch_prob : switch_prob));
      }
      transition_.push_back(row);
    }
  }

  // The log probability of the best path among those that agree with `path`, where given: its bin voiced, or any unvoiced for -1.
  double best(const std::vector<Frame>& frames, const std::vector<int32_t>* path) const {
    std::vector<double> value(2 * static_cast<size_t>(bins_), log_of(1.0 / (2 * bins_)));
    for (size_t t = 0; t < frames.size(); ++t) {
      const std::vector<double> observation = observe(frames[t]);
      std::vector<double> next(value.size(), minus_infinity);
      for (size_t to = 0; to < value.size(); ++to) {
        if (path != nullptr && !agrees((*path)[t], static_cast<int>(to))) continue;
        if (t == 0) next[to] = value[to];
        for (size_t from = 0; t > 0 && from < value.size(); ++from) next[to] = std::max(next[to], value[from] + transition_[from][to]);
        next[to] += observation[to];
      }
      value = next;
    }
    return *std::max_element(value.begin(), value.end());
  }

 private:
  static constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

  bool agrees(int32_t bin, int state) const { return bin < 0 ? state >= bins_ : state == bin; }

  std::vector<double> observe(const Frame& frame) const {
    std::vector<double> observation(2 * static_cast<size_t>(bins_), log_of((1 - frame.voiced_prob) / bins_));
    std::fill_n(observation.begin(), bins_, log_of(0));
    for (const PitchCandidate& candidate : frame.candidates)
      observation[static_cast<size_t>(candidate.bin)] = log_of(candidate.probability);
    return observation;
  }

  int bins_;
  std::vector<std::vector<double>> transition_;
};

// Frames of all kinds that pitch tracking meets: silent, noisy, clearly voiced, and voiced without any doubt, in runs.
std::vector<Frame> random_frames(std::mt19937& random, int bins) {
  const auto below = [&random](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  std::vector<Frame> frames(1 + static_cast<size_t>(below(12)));
  int kind = below(4);
  int centre = below(bins);
  for (Frame& frame : frames) {
    if (below(3) == 0) kind = below(4);
    if (below(5) == 0) centre = below(bins);
    if (kind == 0) continue;
    const int count = kind == 3 ? 1 + below(3) : 1 + below(6);
    std::vector<int> chosen = {std::clamp(centre + below(5) - 2, 0, bins - 1)};
    while (static_cast<int>(chosen.size()) < count) chosen.push_back(below(bins));
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    const double total = kind == 1 ? 0.02 : kind == 2 ? 0.9 : 1.0;
    for (int bin : chosen) {
      const double share = bin == chosen.back() ? total - frame.voiced_prob : total * 0.3;
      frame.candidates.push_back({bin, std::max(share, 1e-12)});
      frame.voiced_prob = std::clamp(frame.voiced_prob + share, 0.0, 1.0);
    }
    if (kind == 3) frame.voiced_prob = 1;
  }
  return frames;
}

TEST(PitchDecoder, FindsAPathAsProbableAsTheDenseSearchDoes) {
  std::mt19937 random(1);
  size_t voiced = 0;
  size_t unvoiced = 0;
  for (int bins : {1, 2, 7, 40}) {
    for (int width : {1, 3, 11, 31, 95}) {
      for (double switch_prob : {0.01, 0.5, 0.0}) {
        const DenseDecoder dense(bins, width, switch_prob);
        PitchDecoder decoder(bins, width, switch_prob);
        for (int trial = 0; trial < 25; ++trial) {
          const std::vector<Frame> frames = random_frames(random, bins);
          decoder.start();
          for (const Frame& frame : frames) decoder.push(frame.candidates, frame.voiced_prob);
          std::vector<int32_t> path;
          decoder.finish(path);
          ASSERT_EQ(path.size(), frames.size());
          const double best = dense.best(frames, nullptr);
          ASSERT_NEAR(dense.best(frames, &path), best, 1e-9 * std::abs(best))
              << bins << " bins, width " << width << ", switch " << switch_prob << ", trial " << trial;
          for (int32_t bin : path) ++(bin < 0 ? unvoiced : voiced);
        }
      }
    }
  }
  EXPECT_GT(voiced, 1000U);
  EXPECT_GT(unvoiced, 1000U);
}

TEST(PitchDecoder, KeepsAVoicePastAShortDoubt) {
  PitchDecoder decoder(100, 11, 0.01);
  const std::vector<PitchCandidate> sure = {{50, 0.9}};
  const std::vector<PitchCandidate> doubtful = {{20, 0.5}, {51, 0.3}};
  decoder.start();
  for (int i = 0; i < 3; ++i) decoder.push(sure, 0.9);
  decoder.push(doubtful, 0.8);
  for (int i = 0; i < 3; ++i) decoder.push(sure, 0.9);
  std::vector<int32_t> path;
  decoder.finish(path);
  EXPECT_EQ(path, (std::vector<int32_t>{50, 50, 50, 51, 50, 50, 50}));
}

TEST(PitchDecoder, FindsNothingWithoutFramesOrCandidates) {
  PitchDecoder decoder(100, 11, 0.01);
  std::vector<int32_t> path = {7};
  decoder.start();
  decoder.finish(path);
  EXPECT_TRUE(path.empty());
  decoder.push({}, 0);
  decoder.push({}, 0);
  decoder.finish(path);
  EXPECT_EQ(path, (std::vector<int32_t>{-1, -1}));
}

}  // namespace
}  // namespace voxlake::features
