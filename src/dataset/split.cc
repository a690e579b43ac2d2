#include "dataset/split.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include "dataset/random.h"

namespace voxlake::dataset {
namespace {

constexpr size_t parts = 3;
constexpr std::array<std::string_view, parts> part_names = {"train", "validation", "test"};

/// The speakers of one gender, being dealt. New speakers are known by their place in the order of dealing.
class Dealing {
 public:
  explicit Dealing(const SplitShares& shares) {
    shares_ = {std::max(shares.train, 0.0), std::max(shares.validation, 0.0), std::max(shares.test, 0.0)};
    const double sum = shares_[0] + shares_[1] + shares_[2];
    if (!(sum > 0)) {
      shares_ = {1, 0, 0};
    } else {
      for (double& share : shares_) share /= sum;
    }
  }

  void add(SplitSpeaker& speaker) {
    if (!speaker.split) {
      new_.push_back({&speaker, speaker_hash(speaker.speaker), clips_of(speaker), 0});
      return;
    }
    for (size_t part = 0; part < parts; ++part) {
      if (*speaker.split == part_names[part]) put(part, clips_of(speaker));
    }
  }

  void deal() {
    std::sort(new_.begin(), new_.end(),
              [](const Dealt& a, const Dealt& b) { return a.hash != b.hash ? a.hash < b.hash : a.speaker->speaker < b.speaker->speaker; });
    for (size_t i = 0; i < new_.size(); ++i) {
      const bool only_empty = new_.size() - i <= empty_parts();
      new_[i].part = part_for(new_[i].clips, only_empty);
      put(new_[i].part, new_[i].clips);
    }
    settle();
    for (const Dealt& dealt : new_) dealt.speaker->split = std::string(part_names[dealt.part]);
  }

 private:
  struct Dealt {
    SplitSpeaker* speaker;
    uint64_t hash;
    double clips;
    size_t part;
  };

  static double clips_of(const SplitSpeaker& speaker) { return static_cast<double>(std::max<int64_t>(speaker.clips, 0)); }

  void put(size_t part, double clips) {
    clips_[part] += clips;
    ++speakers_[part];
  }

  size_t empty_parts() const {
    size_t count = 0;
    for (size_t part = 0; part < parts; ++part) count += shares_[part] > 0 && speakers_[part] == 0 ? 1 : 0;
    return count;
  }

  size_t part_for(double clips, bool only_empty) const {
    size_t best = parts;
    double best_fill = 0;
    for (size_t part = 0; part < parts; ++part) {
      if (shares_[part] <= 0 || (only_empty && speakers_[part] > 0)) continue;
      const double fill = (clips_[part] + clips) / shares_[part];
      if (best == parts || fill < best_fill) {
        best = part;
        best_fill = fill;
      }
    }
    return best;
  }

  double quota(size_t part) const { return shares_[part] * (clips_[0] + clips_[1] + clips_[2]); }

  /// By how much the sum of squared distances from the quotas falls when `clips` go from one part to another.
  double gain(size_t from, size_t to, double clips) const {
    const double over_from = clips_[from] - quota(from);
    const double over_to = clips_[to] - quota(to);
    return 2 * clips * (over_from - over_to - clips);
  }

  bool move_to_better_part(Dealt& dealt) {
    if (speakers_[dealt.part] <= 1) return false;
    size_t best = dealt.part;
    double best_gain = 0;
    for (size_t part = 0; part < parts; ++part) {
      if (part == dealt.part || shares_[part] <= 0) continue;
      const double part_gain = gain(dealt.part, part, dealt.clips);
      // A gain is worth half a clip at least: rounding must not send speakers round in circles.
      if (part_gain > best_gain + 0.5) {
        best = part;
        best_gain = part_gain;
      }
    }
    if (best == dealt.part) return false;
    clips_[dealt.part] -= dealt.clips;
    --speakers_[dealt.part];
    put(best, dealt.clips);
    dealt.part = best;
    return true;
  }

  /// Lets two new speakers of different parts change places where that is better: what single moves cannot do where parts have few.
  bool swap_to_better_parts(Dealt& a, Dealt& b) {
    const double difference = a.clips - b.clips;
    if (a.part == b.part || gain(a.part, b.part, difference) <= 0.5) return false;
    clips_[a.part] -= difference;
    clips_[b.part] += difference;
    std::swap(a.part, b.part);
    return true;
  }

  bool swap_all() {
    // Pairs grow with the square, and with so many speakers single moves are fine enough.
    constexpr size_t most_speakers = 200;
    bool swapped = false;
    if (new_.size() > most_speakers) return false;
    for (size_t i = 0; i < new_.size(); ++i) {
      for (size_t k = i + 1; k < new_.size(); ++k) swapped = swap_to_better_parts(new_[i], new_[k]) || swapped;
    }
    return swapped;
  }

  void settle() {
    // The objective falls with each change, so this ends; a few rounds are enough in practice, and the bound keeps hostile input cheap.
    constexpr int most_rounds = 50;
    bool changed = true;
    for (int round = 0; round < most_rounds && changed; ++round) {
      changed = false;
      for (Dealt& dealt : new_) changed = move_to_better_part(dealt) || changed;
      changed = swap_all() || changed;
    }
  }

  std::array<double, parts> shares_{};
  std::array<double, parts> clips_{};
  std::array<int64_t, parts> speakers_{};
  std::vector<Dealt> new_;
};

}  // namespace

uint64_t speaker_hash(std::string_view speaker) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const char letter : speaker) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
  return mix(hash);
}

void assign_splits(std::vector<SplitSpeaker>& speakers, const SplitShares& shares) {
  std::map<std::string_view, Dealing> genders;
  for (SplitSpeaker& speaker : speakers) genders.try_emplace(speaker.gender, shares).first->second.add(speaker);
  for (auto& [gender, dealing] : genders) dealing.deal();
}

}  // namespace voxlake::dataset
