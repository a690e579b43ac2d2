#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace voxlake::dataset {

/// Shares of the three parts; they sum to 1.
struct SplitShares {
  double train = 0.70;
  double validation = 0.15;
  double test = 0.15;
};

/// A speaker, what is known of it, and the part it is in, if it has been dealt already.
struct SplitSpeaker {
  std::string speaker;
  std::string gender;  ///< male, female or unknown: each is dealt by itself
  int64_t clips = 0;
  std::optional<std::string> split;  ///< train, validation or test
};

/// Gives every speaker without a split one. Within each gender, new speakers come in the order of a hash of their names and go to the part
/// that is furthest under its quota of clips (relative to the gender's total). Speakers with a split keep it. Deterministic: the order of
/// `speakers` does not matter.
void assign_splits(std::vector<SplitSpeaker>& speakers, const SplitShares& shares = {});

}  // namespace voxlake::dataset
