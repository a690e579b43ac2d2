#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "lake/rows.h"
#include "report/report_data.h"

namespace voxlake::pipeline {

/// A number that depends on `text` alone, spread evenly: to choose without favour, and the same way every time (FNV-1a, finished by
/// splitmix64).
uint64_t even_hash(std::string_view text);

/// Chooses a few clips worth showing: both genders, one that was resampled, one that lost much to the trim, one shorter than a window, one
/// whose gender was written oddly. Depends only on which clips there are, not on their order.
class ExampleChooser {
 public:
  /// `rate` in Hz, of the clips in the lake.
  explicit ExampleChooser(double window_seconds, int32_t rate = 16000);
  /// `clip`'s signal is not looked at.
  void offer(const lake::UtteranceRow& clip);
  /// For each place on the page the clips to try, best first; a clip stands in several lists where it fits.
  std::vector<std::vector<lake::UtteranceRow>> choices() const;

 private:
  struct Offer {
    double cost = 0;
    uint64_t hash = 0;
    lake::UtteranceRow clip;
  };
  void keep(size_t place, double cost, uint64_t hash, const lake::UtteranceRow& clip);
  double window_seconds_;
  int32_t rate_;
  std::vector<std::vector<Offer>> places_;
};

/// Counts clips, row by row.
class ClipCounter {
 public:
  explicit ClipCounter(int32_t rate) : rate_(rate) {}
  void add(const lake::UtteranceRow& clip);
  int64_t clips() const { return clips_; }
  double seconds_kept() const { return seconds_kept_; }
  report::ClipFacts facts() const;

 private:
  struct Amount {
    int64_t clips = 0;
    double seconds = 0;
  };
  int32_t rate_;
  int64_t clips_ = 0;
  int64_t silent_ = 0;
  double seconds_kept_ = 0;
  double seconds_before_ = 0;
  double cut_at_start_ = 0;
  double cut_at_end_ = 0;
  std::map<std::string, Amount> genders_;
  std::map<std::string, std::vector<double>> seconds_by_gender_;
  std::map<std::pair<std::optional<std::string>, std::string>, int64_t> spellings_;
  std::map<std::tuple<std::string, int32_t, int32_t>, int64_t> sources_;
  std::map<std::string, int64_t> languages_;
  std::map<std::string, int64_t> ages_;
};

}  // namespace voxlake::pipeline
