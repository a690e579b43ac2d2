#include "pipeline/report_clips.h"

#include <algorithm>
#include <cmath>

#include "report/spread.h"

namespace voxlake::pipeline {
namespace {

// Places on the page, in its order.
enum Place : size_t { female, male, resampled, much_trimmed, oddly_written, shorter_than_a_window, place_count };
constexpr size_t most_choices = 12;
// What fits a figure well.
constexpr double good_seconds = 4.5;
constexpr double longest_good_seconds = 12;
constexpr double longest_drawn_seconds = 300;  // nobody sees anything in a picture of more, and it would take much memory

double length_cost(const lake::UtteranceRow& clip) {
  // In steps of a second, so that among clips of about the right length the hash decides.
  const double cost = std::floor(std::abs(clip.seconds - good_seconds));
  return clip.seconds > longest_good_seconds ? 1000 + cost : cost;
}

double seconds_before(const lake::UtteranceRow& clip) {
  return clip.source_rate > 0 ? static_cast<double>(clip.source_samples) / clip.source_rate : 0;
}

bool is_written_oddly(const lake::UtteranceRow& clip) {
  if (!clip.gender_raw || clip.gender == "unknown") return false;
  std::string lower = *clip.gender_raw;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return letter < 128 ? static_cast<char>(std::tolower(letter)) : letter; });
  return lower != clip.gender;
}

std::vector<report::Count> counts_of(const std::map<std::string, int64_t>& counted) {
  std::vector<report::Count> counts;
  for (const auto& [name, count] : counted) counts.push_back({name, count});
  return counts;
}

}  // namespace

uint64_t even_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

ExampleChooser::ExampleChooser(double window_seconds, int32_t rate) : window_seconds_(window_seconds), rate_(rate), places_(place_count) {}

void ExampleChooser::keep(size_t place, double cost, uint64_t hash, const lake::UtteranceRow& clip) {
  auto& offers = places_[place];
  const auto rank = [](const Offer& offer) { return std::tie(offer.cost, offer.hash, offer.clip.utterance_id); };
  const auto mine = std::tie(cost, hash, clip.utterance_id);
  const auto after = std::find_if(offers.begin(), offers.end(), [&](const Offer& offer) { return mine < rank(offer); });
  if (after == offers.end() && offers.size() == most_choices) return;
  offers.insert(after, Offer{cost, hash, clip});
  if (offers.size() > most_choices) offers.pop_back();
}

void ExampleChooser::offer(const lake::UtteranceRow& clip) {
  if (clip.is_silent || clip.samples <= 0 || seconds_before(clip) > longest_drawn_seconds) return;
  const uint64_t hash = even_hash(clip.utterance_id);
  const double cost = length_cost(clip) + (clip.prompt ? 0 : 2);
  const bool is_plain = clip.source_rate == rate_ && clip.source_channels == 1;
  if (clip.gender == "female") keep(female, cost + (is_plain ? 0 : 10), hash, clip);
  if (clip.gender == "male") keep(male, cost + (is_plain ? 0 : 10), hash, clip);
  if (clip.source_rate != rate_ || clip.source_channels > 1) keep(resampled, cost + (clip.source_rate == rate_ ? 1 : 0), hash, clip);
  const double before = seconds_before(clip);
  if (before > 0 && clip.seconds >= 1 && before <= longest_good_seconds) keep(much_trimmed, clip.seconds / before, hash, clip);
  if (is_written_oddly(clip)) keep(oddly_written, cost, hash, clip);
  if (clip.seconds < window_seconds_ && clip.seconds >= 0.5) keep(shorter_than_a_window, clip.prompt ? 0 : 1, hash, clip);
}

std::vector<std::vector<lake::UtteranceRow>> ExampleChooser::choices() const {
  std::vector<std::vector<lake::UtteranceRow>> lists;
  for (const auto& offers : places_) {
    auto& list = lists.emplace_back();
    for (const auto& offer : offers) list.push_back(offer.clip);
  }
  return lists;
}

void ClipCounter::add(const lake::UtteranceRow& clip) {
  const double before = seconds_before(clip);
  const double start = static_cast<double>(clip.trim_start) / rate_;
  const double end = static_cast<double>(clip.trim_end) / rate_;
  ++clips_;
  silent_ += clip.is_silent ? 1 : 0;
  seconds_kept_ += clip.seconds;
  seconds_before_ += before;
  cut_at_start_ += start;
  cut_at_end_ += std::max(0.0, before - end);
  genders_[clip.gender].clips += 1;
  genders_[clip.gender].seconds += clip.seconds;
  seconds_by_gender_[clip.gender].push_back(clip.seconds);
  ++spellings_[{clip.gender_raw, clip.gender}];
  ++sources_[{clip.source_format, clip.source_rate, clip.source_channels}];
  ++languages_[clip.language.value_or("(not said)")];
  ++ages_[clip.age_range.value_or("(not said)")];
}

report::ClipFacts ClipCounter::facts() const {
  report::ClipFacts facts;
  facts.rate = rate_;
  for (const auto& [gender, amount] : genders_) facts.genders.push_back({gender, amount.clips, amount.seconds});
  for (const auto& [spelling, clips] : spellings_) facts.spellings.push_back({spelling.first, spelling.second, clips});
  for (const auto& [source, clips] : sources_)
    facts.sources.push_back({std::get<0>(source), std::get<1>(source), std::get<2>(source), clips});
  facts.languages = counts_of(languages_);
  facts.age_ranges = counts_of(ages_);
  const std::vector<report::NamedValues> series(seconds_by_gender_.begin(), seconds_by_gender_.end());
  facts.seconds_each = report::histogram_from_zero(series);
  facts.seconds_before = seconds_before_;
  facts.seconds_cut_at_start = cut_at_start_;
  facts.seconds_cut_at_end = cut_at_end_;
  facts.silent_clips = silent_;
  return facts;
}

}  // namespace voxlake::pipeline
