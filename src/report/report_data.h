#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// What the report page shows, as plain structs: no Arrow, no lake. Any of the lists may be empty, and the page copes. All counts are of
/// what the lake holds, unless said otherwise. Values, copied freely; not thread safe.
namespace voxlake::report {

/// A line of the configuration in force.
struct Setting {
  std::string name;
  std::string value;
  std::string origin;  ///< default, file, environment, flag
};

/// The run that made the report.
struct RunFacts {
  std::string version;      ///< of voxlake
  std::string corpus;       ///< its name in the tables
  std::string corpus_url;   ///< where it came from; may be empty
  std::string lake;         ///< the lake's address
  std::string finished_at;  ///< UTC, ISO 8601: 2026-11-22T19:06:35Z
  double seconds = 0;
  std::optional<int64_t> peak_memory_bytes;
  int64_t threads = 0;
  std::vector<Setting> settings;
  /// Which versions of which tables are shown, in a short text: the page carries it, so that a later run can tell whether it is still true.
  std::string tables;
};

/// What the headline counts.
struct Totals {
  int64_t archives = 0;
  int64_t clips = 0;
  int64_t windows = 0;
  int64_t speakers = 0;
  int64_t refused = 0;
  double speech_seconds = 0;  ///< after the trim
};

/// A stage of the flow. Its counts say how the lake stands; `made` and the times are of this run alone.
struct StageFacts {
  std::string name;  ///< discover, copy, decode, features, split, dataset, publish
  int64_t out = 0;   ///< what the lake holds of what this stage makes
  std::string unit;  ///< what `out` counts, in the plural: clips
  int64_t refused = 0;
  bool ran = false;  ///< false: everything had been done already
  int64_t made = 0;  ///< how many of `out` this run made
  int64_t bytes = 0;
  double wall_seconds = 0;  ///< stages of one pass overlap
  double work_seconds = 0;  ///< summed over threads
  std::string note;         ///< a sentence for people, may be empty
};

struct Count {
  std::string name;
  int64_t count = 0;
};

/// Counts between edges: bin i is [edges[i], edges[i + 1]), the last one closed. A series has one count fewer than there are edges.
struct Series {
  std::string name;
  std::vector<int64_t> counts;
};
struct Histogram {
  std::vector<double> edges;
  std::vector<Series> series;
};

/// What came in: bronze/archives.
struct ArchiveFacts {
  std::vector<Count> by_state;  ///< copied, failed, gone
  int64_t bytes = 0;
  Histogram bytes_each;  ///< one series; edges in bytes
};

/// Clips that came in one format.
struct SourceFormat {
  std::string format;  ///< wav, flac, ogg, sphere
  int32_t rate = 0;    ///< Hz
  int32_t channels = 0;
  int64_t clips = 0;
};

/// How a gender was written in the READMEs, and what it was taken for.
struct GenderSpelling {
  std::optional<std::string> raw;  ///< absent where nothing was said
  std::string gender;              ///< male, female, unknown
  int64_t clips = 0;
};

struct GenderFacts {
  std::string gender;
  int64_t clips = 0;
  double seconds = 0;  ///< after the trim
};

/// What was heard: silver/utterances.
struct ClipFacts {
  int32_t rate = 16000;  ///< Hz, of every clip in the lake
  std::vector<GenderFacts> genders;
  std::vector<GenderSpelling> spellings;
  std::vector<SourceFormat> sources;
  std::vector<Count> languages;
  std::vector<Count> age_ranges;
  Histogram seconds_each;  ///< after the trim, a series for each gender
  double seconds_before = 0;
  double seconds_cut_at_start = 0;
  double seconds_cut_at_end = 0;
  int64_t silent_clips = 0;
};

/// Speakers of one gender in one part.
struct SpeakerGroup {
  std::string gender;
  std::string split;
  int64_t speakers = 0;
  int64_t clips = 0;
  double seconds = 0;
};

struct SpeakerDot {
  std::string speaker;
  std::string gender;
  std::string split;
  int64_t clips = 0;
  double seconds = 0;
};

struct Quota {
  std::string split;
  double share = 0;  ///< 0 to 1
};

/// Who speaks: silver/speakers.
struct SpeakerFacts {
  std::vector<SpeakerGroup> groups;
  std::vector<Quota> quotas;
  std::vector<SpeakerDot> dots;  ///< every speaker, or the first some thousand by clips
};

/// The lowest and highest sample of each of some hundred equal stretches of a signal.
struct Envelope {
  std::vector<float> low;
  std::vector<float> high;
  double seconds = 0;
};

/// A picture of a signal over time and frequency. levels[row * columns + column]: row 0 is the lowest frequency, 0 is `floor_db` or less,
/// 255 is `ceiling_db`.
struct Spectrogram {
  int32_t rows = 0;
  int32_t columns = 0;
  std::vector<double> frequencies;  ///< Hz, the centre of each row
  double seconds = 0;               ///< of the whole width
  double floor_db = -80;            ///< under the clip's maximum
  double ceiling_db = 0;
  std::vector<uint8_t> levels;
};

struct ClipWindow {
  double start_seconds = 0;
  double end_seconds = 0;
  bool partial = false;
};

/// A clip that the page shows whole.
struct ExampleClip {
  std::string utterance_id;
  std::string speaker;
  std::string gender;
  std::optional<std::string> gender_raw;
  std::optional<std::string> age_range;
  std::optional<std::string> language;
  std::optional<std::string> dialect;
  std::optional<std::string> prompt;
  std::string split;
  std::string source_format;
  int32_t source_rate = 0;
  int32_t source_channels = 0;
  int32_t rate = 16000;  ///< Hz, in the lake
  Envelope before;       ///< the whole recording
  double trim_start_seconds = 0;
  double trim_end_seconds = 0;
  Envelope after;  ///< from trim_start to trim_end
  Spectrogram spectrogram;
  std::vector<ClipWindow> windows;  ///< in seconds from trim_start
  std::vector<double> pitch;        ///< Hz at equal steps over the trimmed clip; NaN where unvoiced; may be empty
  double pitch_step_seconds = 0;
  std::vector<uint8_t> sound;  ///< the trimmed clip in 8-bit mu-law (ITU-T G.711), so that it can be played; may be empty
  int32_t sound_rate = 0;      ///< Hz
};

/// How a feature is spread among the windows of one gender. Quantiles are NaN where there are no values.
struct FeatureSpread {
  std::string gender;
  std::vector<int64_t> counts;  ///< one fewer than the feature's edges
  double q05 = 0, q25 = 0, median = 0, q75 = 0, q95 = 0;
};

struct FeatureFacts {
  std::string column;  ///< as in the table
  std::string title;   ///< for people
  std::string unit;    ///< may be empty
  std::string meaning;
  std::vector<double> edges;
  std::vector<FeatureSpread> spreads;
  /// How often a window of the one gender lies above one of the other, drawn at random: 0.5 is no difference, 1 is complete.
  std::optional<double> separation;
};

/// What was measured: gold/features.
struct MeasureFacts {
  std::string set;
  int64_t columns = 0;                         ///< of features
  int64_t sampled_windows = 0;                 ///< that the figures are drawn from; all of them where there are few
  std::vector<GenderFacts> windows_by_gender;  ///< `clips` counts windows
  std::vector<FeatureFacts> features;
};

/// Columns that the dataset leaves out, for one reason.
struct DroppedColumns {
  std::string reason;  ///< constant, all_missing, not_selected
  int64_t count = 0;
  std::vector<std::string> examples;
};

struct DatasetGroup {
  std::string split;
  std::string gender;
  bool synthetic = false;
  int64_t rows = 0;
};

/// What a model gets: gold/dataset.
struct DatasetFacts {
  int64_t columns_in = 0;
  int64_t columns_kept = 0;
  std::vector<DroppedColumns> dropped;
  std::vector<DatasetGroup> groups;
  std::optional<int64_t> imputed_columns;  ///< that had undefined values, filled with the training median
};

struct RejectReason {
  std::string stage;
  std::string reason;
  int64_t count = 0;
};

struct RejectLine {
  std::string stage;
  std::string archive;
  std::optional<std::string> member;
  std::string reason;
  std::string detail;
  std::optional<int64_t> byte_offset;
};

/// What was refused: silver/rejects.
struct RejectFacts {
  int64_t total = 0;
  std::vector<RejectReason> reasons;
  std::vector<RejectLine> lines;  ///< up to `max_reject_lines`
};
inline constexpr int64_t max_reject_lines = 200;

struct ReportData {
  RunFacts run;
  Totals totals;
  std::vector<StageFacts> stages;
  ArchiveFacts archives;
  ClipFacts clips;
  SpeakerFacts speakers;
  std::vector<ExampleClip> examples;
  MeasureFacts measures;
  DatasetFacts dataset;
  RejectFacts rejects;
};

/// The version of voxlake that this is.
std::string program_version();

/// The page's data. Bytes are base64; a number that is not finite is null; text that is not UTF-8 has its bad bytes replaced when it is
/// dumped (see render.h).
nlohmann::json to_json(const ReportData& data);

}  // namespace voxlake::report
