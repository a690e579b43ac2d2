#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "features/functional.h"

namespace voxlake::features {

/// How far a value of a series may be off, by its descriptor, given the largest magnitude in the series.
inline double value_tolerance(const std::string& descriptor, double scale) {
  if (descriptor == "signal" || descriptor == "zcr" || descriptor == "rolloff") return 1e-7 * scale;
  if (descriptor == "contrast") return 1e-5 + 1e-7 * scale;
  if (descriptor == "flatness") return 5e-6 * scale;
  if (descriptor == "chroma") return 5e-6;
  if (descriptor == "mel") return 2e-6 * scale + 1e-12;
  if (descriptor.starts_with("m")) return 2e-4;  // mel_db, mfcc and its deltas
  return 1e-6 * scale + 1e-9;
}

/// The functionals of a row in a window against the golden ones, as many of them as are compared.
class WindowComparison {
 public:
  WindowComparison(const std::string& descriptor, const double* golden) : golden_(golden) {
    const double scale = std::max(std::abs(at(Functional::min)), std::abs(at(Functional::max)));
    tolerance_ = value_tolerance(descriptor, scale);
    is_exact_ = descriptor == "signal" || descriptor == "zcr" || descriptor == "rolloff";
    // What is said of the shape of a series that hardly varies is said of its rounding.
    is_rounding_ = at(Functional::deviation) < 300 * tolerance_ && !is_exact_;
  }

  void expect(Functional functional, double ours) const {
    const double theirs = at(functional);
    const double deviation = at(Functional::deviation);
    switch (functional) {
      case Functional::mode:
      case Functional::mode_count:
        // Of real numbers no two of which need be equal, only where they are exact.
        if (is_exact_) {
          EXPECT_NEAR(ours, theirs, tolerance_);
        }
        return;
      case Functional::range:
      case Functional::deviation:
      case Functional::interquartile_range: EXPECT_NEAR(ours, theirs, 2 * tolerance_ + 1e-6 * std::abs(theirs)); return;
      case Functional::sample_deviation:
        if (std::isnan(theirs)) {
          EXPECT_TRUE(std::isnan(ours));
          return;
        }
        EXPECT_NEAR(ours, theirs, 2 * tolerance_ + 1e-6 * std::abs(theirs));
        return;
      case Functional::sample_variance:
        if (std::isnan(theirs)) {
          EXPECT_TRUE(std::isnan(ours));
          return;
        }
        EXPECT_NEAR(ours, theirs, 4 * tolerance_ * (deviation + tolerance_) + 1e-6 * theirs);
        return;
      case Functional::variance: EXPECT_NEAR(ours, theirs, 4 * tolerance_ * (deviation + tolerance_) + 1e-6 * theirs); return;
      case Functional::entropy:
      case Functional::kurtosis:
      case Functional::skewness: {
        if (is_rounding_) return;
        // Whether a value that is 0 but for its rounding is negative decides whether there is an entropy.
        if (functional == Functional::entropy && !is_exact_ && at(Functional::min) != 0 && std::abs(at(Functional::min)) < tolerance_)
          return;
        ASSERT_EQ(std::isnan(ours), std::isnan(theirs));
        if (std::isnan(theirs)) return;
        const double relative = deviation > 0 ? tolerance_ / deviation : 0;
        EXPECT_NEAR(ours, theirs, (1e-6 + 10 * relative) * (1 + std::abs(theirs)));
        return;
      }
      default: EXPECT_NEAR(ours, theirs, tolerance_ + 1e-7 * std::abs(theirs));
    }
  }

 private:
  double at(Functional functional) const { return golden_[static_cast<std::size_t>(functional)]; }
  const double* golden_;
  double tolerance_;
  bool is_exact_;
  bool is_rounding_;
};

}  // namespace voxlake::features
