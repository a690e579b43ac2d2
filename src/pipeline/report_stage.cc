#include "pipeline/report_stage.h"

#include <arrow/api.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "dataset/transform.h"
#include "lake/schemas.h"
#include "net/mask.h"
#include "pipeline/discover_stage.h"
#include "pipeline/lake_state.h"
#include "pipeline/report_clips.h"
#include "pipeline/report_examples.h"
#include "pipeline/report_measures.h"
#include "report/render.h"
#include "report/spread.h"

namespace voxlake::pipeline {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

// Bytes of a page's beginning that hold its RunFacts::tables.
constexpr int64_t beginning_bytes = 4096;
constexpr size_t most_speakers = 4000;
constexpr size_t most_named_columns = 6;

std::string utc_time(int64_t microseconds) {
  const std::time_t seconds = microseconds / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// The tables' versions, in a line.
Result<std::string> tables_text(const Context& context) {
  const std::string& set = context.feature_set->options().set;
  std::string text = "voxlake " + report::program_version() + ", " + context.corpus;
  for (const std::string& path : {std::string(lake::archives_path), std::string(lake::utterances_path), std::string(lake::rejects_path),
                                  std::string(lake::speakers_path), lake::features_path(set), lake::dataset_path(set)}) {
    VOXLAKE_ASSIGN(const auto table, open_if_present(context, path));
    text += ", " + path + " " + (table ? std::to_string(table->version()) : "-");
  }
  return text;
}

report::RunFacts run_facts(const Context& context, const RunSummary& summary) {
  report::RunFacts facts;
  facts.version = report::program_version();
  facts.corpus = context.corpus;
  facts.corpus_url = net::mask_url(context.settings.corpus);
  facts.lake = net::mask_url(context.settings.lake);
  facts.finished_at = utc_time(context.now_us());
  facts.seconds = summary.seconds;
  if (summary.peak_memory_bytes > 0) facts.peak_memory_bytes = summary.peak_memory_bytes;
  facts.threads = thread_count(context.settings);
  const config::Settings defaults;
  for (const auto& setting : config::all_settings()) {
    const std::string value = config::value_text(setting, context.settings);
    facts.settings.push_back({setting.key, net::mask_url(value), value == config::value_text(setting, defaults) ? "default" : "chosen"});
  }
  return facts;
}

/// What is read of the lake, one table after the other. Later tables need what earlier ones told.
class Collector {
 public:
  Collector(const Context& context, const RunSummary& summary)
      : context_(context),
        summary_(summary),
        set_(context.feature_set->options().set),
        rate_(decode_options(context.settings).rate),
        chooser_(context.settings.window_seconds, rate_) {}

  Result<report::ReportData> collect() {
    data_.run = run_facts(context_, summary_);
    VOXLAKE_ASSIGN(data_.run.tables, tables_text(context_));
    VOXLAKE_TRY(read_archives());
    VOXLAKE_TRY(read_speakers());
    VOXLAKE_TRY(read_clips());
    VOXLAKE_ASSIGN(data_.examples, draw_examples(context_, chooser_.choices(), archive_paths_, splits_));
    VOXLAKE_TRY(read_features());
    VOXLAKE_TRY(read_dataset());
    VOXLAKE_TRY(read_rejects());
    VOXLAKE_TRY(add_stages());
    return std::move(data_);
  }

 private:
  /// Calls `visit` with the batches of the table at `path`; not at all where there is no table.
  Status scan(const std::string& path, const std::vector<std::string>& columns, const std::function<Status(const Batch&)>& visit) {
    VOXLAKE_ASSIGN(const auto table, open_if_present(context_, path));
    if (!table) return {};
    return table->scan(columns, [&](const Batch& batch) -> Status {
      if (context_.stopping()) return interrupted();
      return visit(batch);
    });
  }

  Status read_archives() {
    std::map<std::string, int64_t> states;
    report::NamedValues bytes{"archives", {}};
    VOXLAKE_TRY(scan(lake::archives_path, {"corpus", "archive", "path", "bytes", "state"}, [&](const Batch& batch) -> Status {
      VOXLAKE_ASSIGN(const auto rows, lake::archive_rows(*batch));
      for (const auto& row : rows) {
        if (row.corpus != context_.corpus) continue;
        const bool is_there = row.state != lake::ArchiveState::failed;
        ++states[is_there ? row.state == lake::ArchiveState::gone ? "gone" : "copied" : "failed"];
        if (!is_there) continue;
        ++data_.totals.archives;
        archive_paths_[row.archive] = row.path;
        data_.archives.bytes += row.bytes;
        bytes.second.push_back(static_cast<double>(row.bytes));
      }
      return {};
    }));
    for (const auto& [state, count] : states) data_.archives.by_state.push_back({state, count});
    data_.archives.bytes_each = report::histogram_from_zero(std::span(&bytes, 1));
    return {};
  }

  Status read_speakers() {
    std::map<std::pair<std::string, std::string>, report::SpeakerGroup> groups;
    auto& dots = data_.speakers.dots;
    VOXLAKE_TRY(scan(lake::speakers_path, {}, [&](const Batch& batch) -> Status {
      VOXLAKE_ASSIGN(const auto rows, lake::speaker_rows(*batch));
      for (const auto& row : rows) {
        splits_[row.speaker] = row.split;
        report::SpeakerGroup& group = groups[{row.gender, row.split}];
        group = {row.gender, row.split, group.speakers + 1, group.clips + row.clips, group.seconds + row.seconds};
        dots.push_back({row.speaker, row.gender, row.split, row.clips, row.seconds});
        ++data_.totals.speakers;
      }
      return {};
    }));
    for (auto& [key, group] : groups) data_.speakers.groups.push_back(std::move(group));
    std::ranges::sort(dots, [](const auto& a, const auto& b) { return std::tie(b.clips, a.speaker) < std::tie(a.clips, b.speaker); });
    if (dots.size() > most_speakers) dots.resize(most_speakers);
    const config::Settings& settings = context_.settings;
    data_.speakers.quotas = {{"train", settings.train_share}, {"validation", settings.validation_share}, {"test", settings.test_share}};
    return {};
  }

  Status read_clips() {
    ClipCounter counter(rate_);
    std::set<std::string> speakers;
    const std::vector<std::string> columns{"corpus",     "archive",       "utterance_id", "member",          "speaker",
                                           "gender",     "gender_raw",    "age_range",    "language",        "dialect",
                                           "prompt",     "source_format", "source_rate",  "source_channels", "source_samples",
                                           "trim_start", "trim_end",      "samples",      "seconds",         "is_silent"};
    VOXLAKE_TRY(scan(lake::utterances_path, columns, [&](const Batch& batch) -> Status {
      VOXLAKE_ASSIGN(const auto rows, lake::utterance_rows(*batch));
      for (const auto& row : rows) {
        if (row.corpus != context_.corpus) continue;
        counter.add(row);
        chooser_.offer(row);
        speakers.insert(row.speaker);
      }
      return {};
    }));
    data_.clips = counter.facts();
    data_.totals.clips = counter.clips();
    data_.totals.speech_seconds = counter.seconds_kept();
    data_.totals.speakers = static_cast<int64_t>(speakers.size());
    return {};
  }

  Status read_features() {
    WindowsByClip windows;
    for (const auto& example : data_.examples) windows[example.utterance_id];
    VOXLAKE_ASSIGN(const auto table, open_if_present(context_, lake::features_path(set_)));
    data_.measures.set = set_;
    if (!table) return {};
    VOXLAKE_ASSIGN(Measures measures, measure_windows(*table, context_.corpus, set_, context_.feature_set->columns(), windows));
    data_.measures = std::move(measures.facts);
    data_.totals.windows = measures.windows;
    for (auto& example : data_.examples) example.windows = std::move(windows[example.utterance_id]);
    return {};
  }

  Status read_dataset() {
    std::map<std::tuple<std::string, std::string, bool>, int64_t> groups;
    VOXLAKE_TRY(scan(lake::dataset_path(set_), {"gender", "split", "synthetic"}, [&](const Batch& batch) -> Status {
      const auto& genders = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("gender"));
      const auto& splits = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("split"));
      const auto& synthetic = static_cast<const arrow::BooleanArray&>(*batch->GetColumnByName("synthetic"));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        ++groups[{std::string(splits.GetView(row)), std::string(genders.GetView(row)), synthetic.Value(row)}];
        ++dataset_rows_;
      }
      return {};
    }));
    for (const auto& [key, rows] : groups) data_.dataset.groups.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), rows});
    auto json = context_.storage->read(lake::transform_path(set_));
    if (!json && json.error().kind == ErrorKind::not_found) return {};
    if (!json) return propagate(json);
    VOXLAKE_ASSIGN(const auto transform, dataset::Transform::parse(*json));
    add_columns(transform);
    return {};
  }

  void add_columns(const dataset::Transform& transform) {
    std::map<dataset::ColumnState, report::DroppedColumns> dropped;
    for (const auto& column : transform.columns) {
      ++data_.dataset.columns_in;
      if (column.state == dataset::ColumnState::kept) {
        ++data_.dataset.columns_kept;
        continue;
      }
      report::DroppedColumns& group = dropped[column.state];
      group.reason = dataset::to_string(column.state);
      ++group.count;
      if (group.examples.size() < most_named_columns) group.examples.push_back(column.name);
    }
    for (auto& [state, group] : dropped) data_.dataset.dropped.push_back(std::move(group));
  }

  Status read_rejects() {
    std::map<std::pair<std::string, std::string>, int64_t> reasons;
    auto& lines = data_.rejects.lines;
    VOXLAKE_TRY(scan(
        lake::rejects_path, {"corpus", "archive", "member", "stage", "reason", "detail", "byte_offset"}, [&](const Batch& batch) -> Status {
          VOXLAKE_ASSIGN(auto rows, lake::reject_rows(*batch));
          for (auto& row : rows) {
            if (row.corpus != context_.corpus) continue;
            ++data_.rejects.total;
            ++reasons[{row.stage, row.reason}];
            ++refused_[row.stage];
            lines.push_back({row.stage, std::move(row.archive), std::move(row.member), row.reason, std::move(row.detail), row.byte_offset});
          }
          keep_first_lines();
          return {};
        }));
    for (const auto& [reason, count] : reasons) data_.rejects.reasons.push_back({reason.first, reason.second, count});
    data_.totals.refused = data_.rejects.total;
    return {};
  }

  /// Sorts the rejects' lines by archive and member, and lets go of those beyond the page's limit.
  void keep_first_lines() {
    auto& lines = data_.rejects.lines;
    std::ranges::stable_sort(lines, [](const auto& a, const auto& b) {
      return std::tie(a.archive, a.member, a.reason) < std::tie(b.archive, b.member, b.reason);
    });
    if (lines.size() > static_cast<size_t>(report::max_reject_lines)) lines.resize(static_cast<size_t>(report::max_reject_lines));
  }

  const StageSummary* summary_of(Stage stage) const {
    const auto found = std::ranges::find(summary_.stages, stage, &StageSummary::stage);
    return found == summary_.stages.end() ? nullptr : &*found;
  }

  /// A stage as the page shows it: what the lake holds, and what this run did. Left out where the lake holds nothing of it and the run did
  /// not come to it.
  void add_stage(Stage stage, std::string unit, int64_t holds) {
    const StageSummary* did = summary_of(stage);
    if (did == nullptr && holds == 0) return;
    report::StageFacts facts;
    facts.name = to_string(stage);
    facts.out = holds;
    facts.unit = std::move(unit);
    const auto refused = refused_.find(facts.name);
    if (refused != refused_.end()) facts.refused = refused->second;
    if (did != nullptr) {
      facts.ran = did->ran || did->work_seconds > 0;
      facts.made = did->out;
      facts.bytes = did->bytes;
      facts.wall_seconds = did->wall_seconds;
      facts.work_seconds = did->work_seconds;
      facts.note = did->note;
    }
    data_.stages.push_back(std::move(facts));
  }

  Status add_stages() {
    auto manifest = read_manifest(context_);
    if (!manifest && manifest.error().kind != ErrorKind::not_found) return propagate(manifest);
    add_stage(Stage::discover, "archives", manifest ? static_cast<int64_t>(manifest->size()) : 0);
    add_stage(Stage::copy, "archives", data_.totals.archives);
    add_stage(Stage::decode, "clips", data_.totals.clips);
    add_stage(Stage::features, "windows", data_.totals.windows);
    add_stage(Stage::split, "speakers", static_cast<int64_t>(splits_.size()));
    add_stage(Stage::dataset, "rows", dataset_rows_);
    const StageSummary* published = summary_of(Stage::publish);
    if (published != nullptr) add_stage(Stage::publish, published->unit, published->out);
    return {};
  }

  const Context& context_;
  const RunSummary& summary_;
  const std::string set_;
  const int32_t rate_;
  report::ReportData data_;
  ExampleChooser chooser_;
  ArchivePaths archive_paths_;
  SpeakerSplits splits_;
  std::map<std::string, int64_t> refused_;  ///< by stage
  int64_t dataset_rows_ = 0;
};

/// True where the report in the lake shows these tables.
Result<bool> is_up_to_date(const Context& context) {
  auto beginning = context.storage->read_range(report_path, 0, beginning_bytes);
  if (!beginning && beginning.error().kind == ErrorKind::not_found) return false;
  if (!beginning) return propagate(beginning);
  VOXLAKE_ASSIGN(const std::string tables, tables_text(context));
  return report::tables_of(*beginning) == tables;
}

}  // namespace

Result<report::ReportData> collect_report(const Context& context, const RunSummary& summary) {
  return Collector(context, summary).collect();
}

Result<StageSummary> write_report(const Context& context, RunSummary& summary) {
  const auto begin = std::chrono::steady_clock::now();
  StageSummary done;
  done.stage = Stage::report;
  done.unit = "pages";
  summary.report = context.storage->address(report_path);
  if (!summary.stages.empty() && !summary.did_something) {
    VOXLAKE_ASSIGN(const bool up_to_date, is_up_to_date(context));
    if (up_to_date) return done;
  }
  VOXLAKE_ASSIGN(const report::ReportData data, collect_report(context, summary));
  VOXLAKE_ASSIGN(const std::string page, report::render(data));
  VOXLAKE_TRY(context.storage->put(report_path, page));
  done.ran = true;
  done.out = 1;
  done.bytes = static_cast<int64_t>(page.size());
  done.wall_seconds = done.work_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  done.note = summary.report;
  return done;
}

}  // namespace voxlake::pipeline
