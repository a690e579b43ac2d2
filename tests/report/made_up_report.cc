// Writes report pages from made-up data, for the browser test: made_up_report KIND > page.html
//   full         a sample corpus: both genders, odd formats, rejects with hostile names
//   large        VoxForge's size: thousands of speakers and archives
//   one-gender   male voices alone, nothing refused, features that are undefined
//   empty        a lake with nothing in it
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <map>
#include <numbers>
#include <random>
#include <string>

#include "report/picture.h"
#include "report/render.h"

namespace {

using namespace voxlake::report;

// The standard's distributions differ between libraries; its generator does not.
class Chance {
 public:
  explicit Chance(uint32_t seed) : generator_(seed) {}
  double uniform(double low, double high) { return low + (high - low) * (generator_() / 4294967296.0); }
  int64_t whole(int64_t low, int64_t high) { return low + static_cast<int64_t>(uniform(0, static_cast<double>(high - low + 1))); }
  double normal(double mean, double deviation) {
    const double radius = std::sqrt(-2 * std::log(uniform(1e-12, 1)));
    return mean + deviation * radius * std::cos(uniform(0, 2 * std::numbers::pi));
  }

 private:
  std::mt19937 generator_;
};

constexpr int32_t rate = 16000;

struct Voice {
  std::vector<float> signal;
  std::vector<double> pitch;  // each 10 ms; NaN where there is none
};

// Syllables of harmonics under moving formants, hiss between them, and near silence at both ends: looks like speech from afar.
Voice speak(double seconds, double base_pitch, double silence_before, double silence_after, uint32_t seed) {
  Chance chance(seed);
  const auto samples = static_cast<size_t>((silence_before + seconds + silence_after) * rate);
  Voice voice{std::vector<float>(samples), {}};
  for (auto& sample : voice.signal) sample = static_cast<float>(chance.normal(0, 0.002));
  double at = silence_before;
  const double end = silence_before + seconds;
  voice.pitch.assign(static_cast<size_t>(seconds * 100), std::numeric_limits<double>::quiet_NaN());
  while (at < end - 0.08) {
    const double length = std::min(chance.uniform(0.12, 0.34), end - at);
    const bool hiss = chance.uniform(0, 1) < 0.25;
    const double formants[] = {chance.uniform(300, 800), chance.uniform(900, 2300), chance.uniform(2400, 3300)};
    const double pitch = base_pitch * (1.12 - 0.25 * (at - silence_before) / seconds) * chance.uniform(0.94, 1.08);
    const double loudness = chance.uniform(0.25, 0.5);
    double phase = 0;
    for (auto i = static_cast<size_t>(at * rate); i < std::min(samples, static_cast<size_t>((at + length) * rate)); ++i) {
      const double here = (static_cast<double>(i) / rate - at) / length;
      const double swell = loudness * std::pow(std::sin(std::numbers::pi * here), 0.6);
      const double now = pitch * (1 + 0.08 * std::sin(std::numbers::pi * here));
      phase += now / rate;
      double value = 0;
      if (hiss) {
        value = chance.normal(0, 0.12);
      } else {
        for (int harmonic = 1; harmonic * now < 7000; ++harmonic) {
          double gain = 0.02 / harmonic;
          for (const double formant : formants) gain += 0.3 / (1 + std::pow((harmonic * now - formant) / 130, 2)) / (1 + formant / 900);
          value += gain * std::sin(2 * std::numbers::pi * harmonic * phase);
        }
        const auto frame = static_cast<size_t>((static_cast<double>(i) / rate - silence_before) * 100);
        if (here > 0.12 && here < 0.88 && frame < voice.pitch.size()) voice.pitch[frame] = now;
      }
      voice.signal[i] += static_cast<float>(swell * value);
    }
    at += length + (chance.uniform(0, 1) < 0.2 ? chance.uniform(0.12, 0.3) : 0.02);
  }
  return voice;
}

ExampleClip example(const std::string& id, const std::string& gender, double base_pitch, double seconds, uint32_t seed) {
  const Voice voice = speak(seconds, base_pitch, 0.62, 0.41, seed);
  ExampleClip clip;
  clip.utterance_id = id;
  clip.speaker = id.substr(0, id.find('-'));
  clip.gender = gender;
  clip.age_range = "adult";
  clip.language = "EN";
  clip.split = "train";
  clip.source_format = "wav";
  clip.source_rate = rate;
  clip.source_channels = 1;
  clip.trim_start_seconds = 0.576;
  clip.trim_end_seconds = 0.62 + seconds + 0.032;
  const std::span<const float> all(voice.signal);
  const auto first = static_cast<size_t>(clip.trim_start_seconds * rate);
  const auto kept = all.subspan(first, std::min(all.size(), static_cast<size_t>(clip.trim_end_seconds * rate)) - first);
  clip.before = envelope(all, rate);
  clip.after = envelope(kept, rate);
  clip.spectrogram = mel_spectrogram(kept, rate);
  clip.pitch_step_seconds = 0.01;
  clip.pitch.assign(4, std::numeric_limits<double>::quiet_NaN());
  clip.pitch.insert(clip.pitch.end(), voice.pitch.begin(), voice.pitch.end());
  clip.sound = mu_law(kept);
  clip.sound_rate = rate;
  const double length = clip.after.seconds;
  if (length < 3) clip.windows.push_back({0, length, true});
  for (double start = 0; start + 3 <= length; start += 1) clip.windows.push_back({start, start + 3, false});
  return clip;
}

std::vector<ExampleClip> examples() {
  std::vector<ExampleClip> clips;
  clips.push_back(example("farmerjack-20080827-hbr/a0174", "male", 112, 4.4, 3));
  clips.back().gender_raw = "[male];";
  clips.back().prompt = "Now, you understand, the forest is not a place for the impatient.";
  clips.push_back(example("kayray-20070604-wha/b0021", "female", 205, 5.3, 5));
  clips.back().gender_raw = "Female";
  clips.back().dialect = "American English";
  clips.back().prompt = "He turned sharply, and faced Gregson across the table.";
  clips.push_back(example("Wölfin-20100214-tüv/de5-001", "female", 188, 6.1, 8));
  clips.back().gender_raw = "weiblich";
  clips.back().language = "DE";
  clips.back().split = "validation";
  clips.back().source_rate = 44100;
  clips.back().source_channels = 2;
  clips.back().prompt = "Der Wind legte sich, und über dem See wurde es still.";
  clips.push_back(example("anonymous-20090112-qzx/rb-03", "male", 96, 2.1, 13));
  clips.back().gender_raw = "Masculino";
  clips.back().source_format = "flac";
  clips.back().source_rate = 8000;
  clips.back().split = "test";
  clips.back().age_range.reset();
  return clips;
}

Histogram histogram(double low, double high, size_t bins, std::vector<std::string> names) {
  Histogram result;
  for (size_t edge = 0; edge <= bins; ++edge)
    result.edges.push_back(low + (high - low) * static_cast<double>(edge) / static_cast<double>(bins));
  for (auto& name : names) result.series.push_back({std::move(name), std::vector<int64_t>(bins)});
  return result;
}

void count(Histogram& into, size_t series, double value) {
  const double share = (value - into.edges.front()) / (into.edges.back() - into.edges.front());
  const auto bins = static_cast<double>(into.edges.size() - 1);
  into.series[series].counts[static_cast<size_t>(std::clamp(share * bins, 0.0, bins - 1))] += 1;
}

struct Known {
  const char* column;
  const char* title;
  const char* unit;
  const char* meaning;
  double female, female_spread, male, male_spread;
};

constexpr Known known_features[] = {
    {"f0_median", "Pitch", "Hz", "The median of the voice's fundamental frequency.", 204, 24, 116, 19},
    {"centroid_mean", "Brightness", "Hz", "The spectrum's centre of gravity, averaged over the window.", 1720, 260, 1490, 270},
    {"rms_mean", "Loudness", "", "The mean root-mean-square level.", 0.061, 0.022, 0.07, 0.026},
    {"zcr_mean", "Zero crossings", "", "The share of samples at which the signal changes its sign.", 0.118, 0.026, 0.097, 0.025},
    {"flatness_mean", "Flatness", "", "0 is a pure tone, 1 is noise.", 0.021, 0.008, 0.019, 0.008},
    {"mfcc_01_mean", "Tilt (MFCC 1)", "", "High where low frequencies dominate.", 96, 22, 112, 24},
};

FeatureFacts feature(const Known& known, const std::vector<std::string>& genders, Chance& chance) {
  FeatureFacts facts{known.column, known.title, known.unit, known.meaning, {}, {}, std::nullopt};
  std::map<std::string, std::vector<double>> values;
  for (const auto& gender : genders) {
    const bool female = gender == "female";
    for (int i = 0; i < (female ? 900 : 2000); ++i) {
      values[gender].push_back(
          std::max(0.0, chance.normal(female ? known.female : known.male, female ? known.female_spread : known.male_spread)));
    }
    std::ranges::sort(values[gender]);
  }
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const auto& [gender, list] : values) low = std::min(low, list.front()), high = std::max(high, list.back());
  Histogram bins = histogram(low, high, 40, genders);
  for (size_t i = 0; i < genders.size(); ++i) {
    const auto& list = values[genders[i]];
    for (const double value : list) count(bins, i, value);
    const auto quantile = [&](double share) { return list[static_cast<size_t>(share * static_cast<double>(list.size() - 1))]; };
    facts.spreads.push_back(
        {genders[i], bins.series[i].counts, quantile(0.05), quantile(0.25), quantile(0.5), quantile(0.75), quantile(0.95)});
  }
  facts.edges = bins.edges;
  if (genders.size() > 1) {
    facts.separation =
        0.5 * std::erfc(-(known.female - known.male) / std::hypot(known.female_spread, known.male_spread) / std::numbers::sqrt2);
  }
  return facts;
}

std::vector<std::string> used_genders(bool one_gender) {
  return one_gender ? std::vector<std::string>{"male"} : std::vector<std::string>{"female", "male"};
}

void add_speakers(ReportData& data, int64_t count, bool one_gender, Chance& chance) {
  const char* names[] = {"farmerjack",      "kayray", "Wölfin",   "pcsnpny",    "camdixon",
                         "anthonyschaller", "bjb",    "delphine", "ralfherzog", "timobaumann"};
  std::map<std::pair<std::string, std::string>, SpeakerGroup> groups;
  for (int64_t i = 0; i < count; ++i) {
    SpeakerDot dot;
    dot.speaker = i < 10 ? names[i] : i % 3 == 0 ? "speaker" + std::to_string(i) : "anonymous-2009" + std::to_string(1000 + i) + "-abc";
    dot.gender = one_gender ? "male" : i % 3 == 1 ? "female" : i % 17 == 3 ? "unknown" : "male";
    dot.split = i % 7 == 5 ? "validation" : i % 7 == 6 ? "test" : "train";
    dot.clips = i < 10 ? chance.whole(20, count > 1000 ? 1600 : 70) : chance.whole(4, 30);
    dot.seconds = static_cast<double>(dot.clips) * chance.uniform(3.5, 6);
    SpeakerGroup& group = groups[{dot.gender, dot.split}];
    group = {dot.gender, dot.split, group.speakers + 1, group.clips + dot.clips, group.seconds + dot.seconds};
    data.speakers.dots.push_back(dot);
  }
  for (const auto& [key, group] : groups) data.speakers.groups.push_back(group);
  std::ranges::stable_sort(data.speakers.dots, std::greater<>(), &SpeakerDot::clips);
  data.speakers.quotas = {{"train", 0.70}, {"validation", 0.15}, {"test", 0.15}};
}

void add_clips(ReportData& data, bool one_gender, Chance& chance) {
  ClipFacts& clips = data.clips;
  std::map<std::string, GenderFacts> genders;
  clips.seconds_each =
      histogram(0, 14, 28, one_gender ? std::vector<std::string>{"male"} : std::vector<std::string>{"female", "male", "unknown"});
  for (const auto& group : data.speakers.groups) {
    GenderFacts& facts = genders[group.gender];
    facts = {group.gender, facts.clips + group.clips, facts.seconds + group.seconds};
  }
  for (const auto& [name, facts] : genders) {
    clips.genders.push_back(facts);
    data.totals.clips += facts.clips;
    data.totals.speech_seconds += facts.seconds;
    size_t series = 0;
    while (clips.seconds_each.series[series].name != name) ++series;
    for (int64_t i = 0; i < facts.clips; ++i) count(clips.seconds_each, series, std::exp(chance.normal(1.45, 0.35)));
  }
  clips.seconds_cut_at_start = 0.11 * data.totals.speech_seconds;
  clips.seconds_cut_at_end = 0.08 * data.totals.speech_seconds;
  clips.seconds_before = data.totals.speech_seconds + clips.seconds_cut_at_start + clips.seconds_cut_at_end;
  clips.silent_clips = 2;
  const int64_t all = data.totals.clips;
  clips.sources = {{"wav", 16000, 1, all * 7 / 10},
                   {"wav", 44100, 2, all / 10},
                   {"flac", 16000, 1, all / 10},
                   {"wav", 8000, 1, all / 20},
                   {"wav", 48000, 1, all / 20}};
  clips.languages = {{"EN", all * 8 / 10}, {"DE", all / 10}, {"ES", all / 20}, {"(not said)", all / 20}};
  clips.age_ranges = {{"adult", all * 8 / 10}, {"youth", all / 10}, {"senior", all / 20}, {"Please Select", all / 50}};
  clips.spellings = {{"Male", "male", all * 4 / 10},
                     {"[male]", "male", all / 12},
                     {"male;", "male", all / 15},
                     {"männlich", "male", all / 60},
                     {"make", "male", all / 80}};
  if (!one_gender) {
    for (const GenderSpelling& more : std::initializer_list<GenderSpelling>{{"Female", "female", all / 8},
                                                                            {"[female]", "female", all / 10},
                                                                            {"weiblich", "female", all / 50},
                                                                            {"Please Select", "unknown", all / 60},
                                                                            {std::nullopt, "unknown", all / 70},
                                                                            {"adult", "unknown", all / 90},
                                                                            {"<img src=x onerror=alert(1)>", "unknown", 1}}) {
      clips.spellings.push_back(more);
    }
  }
}

void add_archives(ReportData& data, int64_t archives, Chance& chance) {
  data.totals.archives = archives;
  data.archives.by_state = {{"copied", archives - 3}, {"failed", 1}, {"gone", 2}};
  data.archives.bytes_each = histogram(0, 6e6, 30, {"archives"});
  for (int64_t i = 0; i < archives; ++i) {
    const double bytes = 1.1e6 * std::exp(chance.normal(0, 0.5));
    data.archives.bytes += static_cast<int64_t>(bytes);
    count(data.archives.bytes_each, 0, bytes);
  }
}

void add_measures(ReportData& data, bool one_gender, Chance& chance) {
  data.totals.windows = data.totals.clips * 3;
  data.measures.set = "spectral";
  data.measures.columns = 825;
  data.measures.sampled_windows = std::min<int64_t>(data.totals.windows, 8000);
  for (const auto& facts : data.clips.genders)
    data.measures.windows_by_gender.push_back({facts.gender, facts.clips * 3, facts.seconds * 3});
  for (const auto& known : known_features) data.measures.features.push_back(feature(known, used_genders(one_gender), chance));
  if (one_gender) {
    FeatureFacts undefined{"f0_std", "Pitch movement", "Hz", "How much the pitch moves within a window.", {}, {}, std::nullopt};
    const double none = std::numeric_limits<double>::quiet_NaN();
    undefined.spreads.push_back({"male", {}, none, none, none, none, none});
    data.measures.features.push_back(undefined);
  }
}

void add_dataset(ReportData& data, bool one_gender) {
  data.dataset.columns_in = 825;
  data.dataset.columns_kept = 786;
  data.dataset.dropped = {{"constant", 31, {"zcr_mode_count", "flatness_min", "mfcc_00_mode_count", "f0_mode", "contrast_06_min"}},
                          {"all_missing", 8, {"mfcc_00_entropy", "mfcc_01_entropy"}}};
  data.dataset.imputed_columns = 17;
  std::map<std::string, int64_t> train;
  for (const auto& group : data.speakers.groups) {
    data.dataset.groups.push_back({group.split, group.gender, false, group.clips * 3});
    if (group.split == "train") train[group.gender] = group.clips * 3;
  }
  if (!one_gender && train["male"] > train["female"])
    data.dataset.groups.push_back({"train", "female", true, train["male"] - train["female"]});
}

void add_rejects(ReportData& data) {
  RejectFacts& rejects = data.rejects;
  rejects.reasons = {{"decode", "truncated_audio", 5}, {"decode", "not_audio", 3}, {"decode", "truncated_archive", 2},
                     {"decode", "empty_file", 2},      {"copy", "http_404", 1},    {"features", "no_windows", 1}};
  rejects.lines = {
      {"copy", "bjb-20120122", std::nullopt, "http_404", "the server answered 404 Not Found to each of 5 attempts", std::nullopt},
      {"decode", "an4", "an4/wav/an406-fcaw-b.raw", "not_audio", "begins with none of the marks of WAV, FLAC, Ogg or SPHERE", 10240},
      {"decode", "evil-20080101-xss", "evil-20080101-xss/wav/</script><img src=x onerror=alert(1)>.wav", "truncated_audio",
       "announces 64,000 samples and ends after 1,024", 74213},
      {"decode", "Wölfin-20100214-tüv", "Wölfin-20100214-tüv/wav/de5-009.wav", "empty_file", "has no bytes", 1048576},
      {"decode", "anthonyschaller-20071221-", std::nullopt, "truncated_archive", "the gzip stream ends in the middle of a member", 524288},
  };
  for (int i = 0; i < 9; ++i) {
    rejects.lines.push_back({"decode", "camdixon-2010052" + std::to_string(i) + "-kzp", "wav/a00" + std::to_string(10 + i) + ".wav",
                             "truncated_audio", "announces 48,000 samples and ends after " + std::to_string(1000 * i + 900), 20480 * i});
  }
  rejects.total = static_cast<int64_t>(rejects.lines.size());
  data.totals.refused = rejects.total;
}

void add_stages(ReportData& data) {
  const Totals& totals = data.totals;
  const double scale = data.run.seconds / 12.34;
  const auto kept = data.dataset.groups;
  int64_t rows = 0;
  for (const auto& group : kept) rows += group.rows;
  data.stages = {
      {"discover", totals.archives, "archives", 0, true, totals.archives, 21000, 0.04 * scale, 0.03 * scale, ""},
      {"copy", totals.archives - 1, "archives", data.rejects.total > 0 ? 1 : 0, true, totals.archives - 1, data.archives.bytes, 5.2 * scale,
       1.1 * scale, ""},
      {"decode", totals.clips, "clips", data.rejects.total > 0 ? 12 : 0, true, totals.clips, 0, 8.9 * scale, 6.4 * scale, ""},
      {"features", totals.windows, "windows", data.rejects.total > 0 ? 1 : 0, true, totals.windows, 0, 9.8 * scale, 15.7 * scale, ""},
      {"split", totals.speakers, "speakers", 0, true, totals.speakers, 0, 0.05 * scale, 0.05 * scale, ""},
      {"dataset", rows, "rows", 0, true, rows, 0, 1.3 * scale, 1.2 * scale, ""},
      {"publish", 6, "views", 0, true, 6, 0, 0.2 * scale, 0.2 * scale, ""},
  };
}

ReportData make(const std::string& kind) {
  ReportData data;
  Chance chance(7);
  data.run.version = "0.1.0";
  data.run.corpus = kind == "large" ? "voxforge" : "sample";
  data.run.lake = "/home/ada/lake";
  data.run.finished_at = "2026-11-22T19:40:00Z";
  data.run.threads = 2;
  if (kind == "empty") {
    for (const auto& [name, unit] :
         {std::pair{"discover", "archives"}, {"copy", "archives"}, {"decode", "clips"}, {"features", "windows"}}) {
      data.stages.push_back({name, 0, unit, 0, false, 0, 0, 0, 0, ""});
    }
    return data;
  }
  const bool large = kind == "large";
  const bool one_gender = kind == "one-gender";
  data.run.seconds = large ? 4321 : 12.34;
  data.run.peak_memory_bytes = 287'000'000;
  data.run.corpus_url = "http://127.0.0.1:8000/";
  data.run.settings = {
      {"corpus.url", "http://127.0.0.1:8000/", "flag"}, {"features.set", "spectral", "default"}, {"run.threads", "2", "environment"}};
  add_archives(data, large ? 6244 : 73, chance);
  data.totals.speakers = large ? 3383 : one_gender ? 3 : 31;
  add_speakers(data, data.totals.speakers, one_gender, chance);
  add_clips(data, one_gender, chance);
  add_measures(data, one_gender, chance);
  add_dataset(data, one_gender);
  if (!one_gender) add_rejects(data);
  add_stages(data);
  data.examples = examples();
  if (one_gender) std::erase_if(data.examples, [](const ExampleClip& clip) { return clip.gender != "male"; });
  return data;
}

}  // namespace

int main(int count, char** words) {
  const std::string kind = count == 2 ? words[1] : "";
  if (kind != "full" && kind != "large" && kind != "one-gender" && kind != "empty") {
    std::cerr << "usage: made_up_report full|large|one-gender|empty > page.html\n";
    return 2;
  }
  const auto page = render(make(kind));
  if (!page) {
    std::cerr << page.error().to_string() << '\n';
    return 1;
  }
  std::cout << *page;
  return std::cout.good() ? 0 : 1;
}
