#include "pipeline/report_measures.h"

#include <arrow/api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "pipeline/report_clips.h"
#include "report/spread.h"

namespace voxlake::pipeline {
namespace {

/// A feature that people have a name for.
struct KnownFeature {
  const char* column;
  const char* title;
  const char* unit;
  const char* meaning;
};

// The first of them that the set has are shown.
constexpr size_t most_features = 9;
constexpr KnownFeature known_features[] = {
    {"f0_median", "Pitch", "Hz", "How high the voice is: the median of its fundamental frequency."},
    {"centroid_mean", "Brightness", "Hz", "Where the spectrum has its centre of gravity, on average."},
    {"mfcc_01_mean", "Spectral tilt (MFCC 1)", "", "The first cepstral shape: high where low frequencies outweigh high ones."},
    {"bandwidth_mean", "Bandwidth", "Hz", "How far the spectrum reaches to both sides of its centre, on average."},
    {"rolloff_mean", "Rolloff", "Hz", "85 % of the spectrum lie below this frequency, on average."},
    {"zcr_mean", "Zero crossings", "", "The share of samples at which the signal changes its sign: high in hissing sounds."},
    {"rms_mean", "Loudness", "", "The mean root-mean-square level, where full scale is 1."},
    {"flatness_mean", "Noisiness", "", "How flat the spectrum is: 0 is a pure tone, 1 is noise."},
    {"contrast_02_mean", "Contrast, 400 to 800 Hz", "dB", "How far peaks stand above valleys in this band: high for clear voices."},
    {"f0_voiced_share", "Voiced share", "", "The share of the window in which the vocal cords sound."},
    {"mfcc_02_mean", "MFCC 2", "", "The second cepstral shape."},
    {"signal_kurtosis", "Peakedness", "", "How far the signal's loudest moments stand out (kurtosis)."},
};

/// A window that is in the sample.
struct Sampled {
  uint64_t hash = 0;
  std::vector<float> values;  ///< NaN where null
  bool operator<(const Sampled& other) const { return hash < other.hash; }
};

template <typename Array>
const Array& column(const arrow::RecordBatch& batch, const char* name) {
  return static_cast<const Array&>(*batch.GetColumnByName(name));
}

class WindowReader {
 public:
  WindowReader(const std::string& corpus, std::vector<const KnownFeature*> shown, WindowsByClip& windows, size_t most_windows)
      : corpus_(corpus), shown_(std::move(shown)), windows_(windows), most_windows_(most_windows) {}

  Status read(const arrow::RecordBatch& batch) {
    const auto& corpora = column<arrow::StringArray>(batch, "corpus");
    const auto& clips = column<arrow::StringArray>(batch, "utterance_id");
    const auto& genders = column<arrow::StringArray>(batch, "gender");
    const auto& indexes = column<arrow::Int32Array>(batch, "window");
    const auto& starts = column<arrow::DoubleArray>(batch, "start_seconds");
    const auto& ends = column<arrow::DoubleArray>(batch, "end_seconds");
    const auto& partials = column<arrow::BooleanArray>(batch, "partial");
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (corpora.GetView(row) != corpus_) continue;
      const std::string clip(clips.GetView(row));
      const auto wanted = windows_.find(clip);
      if (wanted != windows_.end()) wanted->second.push_back({starts.Value(row), ends.Value(row), partials.Value(row)});
      const std::string gender(genders.GetView(row));
      report::GenderFacts& amount = amounts_[gender];
      amount.clips += 1;
      amount.seconds += ends.Value(row) - starts.Value(row);
      sample(batch, row, gender, even_hash(clip + '#' + std::to_string(indexes.Value(row))));
    }
    return {};
  }

  Measures finish(const std::string& set, int64_t columns) {
    Measures result;
    result.facts.set = set;
    result.facts.columns = columns;
    for (const auto& [gender, amount] : amounts_) {
      result.windows += amount.clips;
      result.facts.windows_by_gender.push_back({gender, amount.clips, amount.seconds});
      result.facts.sampled_windows += static_cast<int64_t>(samples_[gender].size());
    }
    for (size_t feature = 0; feature < shown_.size(); ++feature) result.facts.features.push_back(describe(feature));
    for (auto& [clip, list] : windows_) std::ranges::stable_sort(list, {}, &report::ClipWindow::start_seconds);
    return result;
  }

 private:
  // Keeps the windows with the lowest hashes, as a heap with the highest of them on top.
  void sample(const arrow::RecordBatch& batch, int64_t row, const std::string& gender, uint64_t hash) {
    auto& heap = samples_[gender];
    if (heap.size() == most_windows_) {
      if (hash >= heap.front().hash) return;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
    Sampled sampled{hash, {}};
    for (const KnownFeature* feature : shown_) {
      const auto& values = column<arrow::FloatArray>(batch, feature->column);
      sampled.values.push_back(values.IsNull(row) ? std::numeric_limits<float>::quiet_NaN() : values.Value(row));
    }
    heap.push_back(std::move(sampled));
    std::push_heap(heap.begin(), heap.end());
  }

  report::FeatureFacts describe(size_t feature) const {
    const KnownFeature& known = *shown_[feature];
    report::FeatureFacts facts{known.column, known.title, known.unit, known.meaning, {}, {}, std::nullopt};
    std::vector<report::NamedValues> genders;
    for (const auto& [gender, heap] : samples_) {
      // Those whose gender nobody gave are not compared, unless there are no others.
      if (gender == "unknown" && samples_.size() > 1) continue;
      auto& values = genders.emplace_back(gender, std::vector<double>()).second;
      for (const auto& sampled : heap) values.push_back(sampled.values[feature]);
    }
    report::describe_spread(genders, facts);
    return facts;
  }

  const std::string& corpus_;
  std::vector<const KnownFeature*> shown_;
  WindowsByClip& windows_;
  size_t most_windows_;
  std::map<std::string, report::GenderFacts> amounts_;
  std::map<std::string, std::vector<Sampled>> samples_;
};

}  // namespace

Result<Measures> measure_windows(const lake::Table& table, const std::string& corpus, const std::string& set,
                                 const std::vector<std::string>& columns, WindowsByClip& windows, size_t most_windows) {
  std::vector<const KnownFeature*> shown;
  std::vector<std::string> read{"corpus", "utterance_id", "gender", "window", "start_seconds", "end_seconds", "partial"};
  for (const KnownFeature& feature : known_features) {
    if (shown.size() == most_features || std::ranges::find(columns, feature.column) == columns.end()) continue;
    if (table.schema()->GetFieldByName(feature.column) == nullptr) continue;
    shown.push_back(&feature);
    read.emplace_back(feature.column);
  }
  WindowReader reader(corpus, std::move(shown), windows, most_windows);
  VOXLAKE_TRY(table.scan(read, [&](const std::shared_ptr<arrow::RecordBatch>& batch) { return reader.read(*batch); }));
  return reader.finish(set, static_cast<int64_t>(columns.size()));
}

}  // namespace voxlake::pipeline
