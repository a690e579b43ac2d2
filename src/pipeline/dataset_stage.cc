#include "pipeline/dataset_stage.h"

#include <arrow/api.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "dataset/balance.h"
#include "dataset/transform.h"
#include "lake/schemas.h"
#include "pipeline/lake_state.h"

namespace voxlake::pipeline {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

constexpr int64_t column_group_bytes = 64 << 20;    ///< of the columns that are fitted in one reading of the table
constexpr int64_t balanced_rows_bytes = 1LL << 30;  ///< of the rarer class's training rows, which are held in memory
constexpr int64_t synthetic_batch_rows = 2048;

tl::unexpected<Error> arrow_failure(const arrow::Status& status) {
  return failure(ErrorKind::internal, "cannot build the dataset's rows: " + status.ToString());
}

/// A row of gold/features, with what its speaker adds.
struct Row {
  std::string corpus;
  std::string utterance_id;
  int32_t window = 0;
  std::string speaker;
  std::string gender;
  std::string split;
};

const arrow::StringArray& strings(const arrow::RecordBatch& batch, const char* column) {
  return static_cast<const arrow::StringArray&>(*batch.GetColumnByName(column));
}

/// The keys and labels of the dataset's rows, as columns.
class KeyColumns {
 public:
  arrow::Status append(const Row& row, bool synthetic) {
    ARROW_RETURN_NOT_OK(utterance_id_.Append(row.utterance_id));
    ARROW_RETURN_NOT_OK(window_.Append(row.window));
    ARROW_RETURN_NOT_OK(speaker_.Append(row.speaker));
    ARROW_RETURN_NOT_OK(gender_.Append(row.gender));
    ARROW_RETURN_NOT_OK(split_.Append(row.split));
    ARROW_RETURN_NOT_OK(synthetic_.Append(synthetic));
    return corpus_.Append(row.corpus);
  }
  arrow::Status finish(arrow::ArrayVector& arrays) {
    arrow::ArrayBuilder* builders[] = {&utterance_id_, &window_, &speaker_, &gender_, &split_, &synthetic_, &corpus_};
    for (auto* builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    return arrow::Status::OK();
  }

 private:
  arrow::StringBuilder utterance_id_, speaker_, gender_, split_, corpus_;
  arrow::Int32Builder window_;
  arrow::BooleanBuilder synthetic_;
};

class DatasetMaker {
 public:
  DatasetMaker(const Context& context, lake::Table features) : context_(context), features_(std::move(features)) {
    transform_.set = context.feature_set->options().set;
    transform_.select_columns = context.settings.select;
    if (context.settings.balance == "smote") {
      transform_.balance.emplace();
      transform_.balance->seed = static_cast<uint64_t>(context.settings.seed);
    }
  }

  Status prepare() {
    VOXLAKE_ASSIGN(auto speakers, lake::Table::open(context_.storage, lake::speakers_path));
    transform_.made_from = {{std::string(features_.path()), std::to_string(features_.version())},
                            {std::string(lake::speakers_path), std::to_string(speakers.version())}};
    speakers_.emplace(std::move(speakers));
    const auto& settings = context_.settings;
    transform_.fingerprint = gold_fingerprint(context_) + "/dataset@2/" + settings.balance + "/" + std::to_string(settings.select) + "/" +
                             std::to_string(settings.seed);
    return {};
  }

  /// Whether a table holds other rows than when a transform was made from it: a later version may only have moved them between files.
  static Result<bool> changed_since(const lake::Table& table, const std::map<std::string, std::string>& made_from) {
    const auto version = made_from.find(table.path());
    if (version == made_from.end()) return true;
    int64_t number = -1;
    const char* end = version->second.data() + version->second.size();
    if (std::from_chars(version->second.data(), end, number).ptr != end) return true;
    return table.changed_since(number);
  }

  /// True when the transform in the lake says that it was made from these rows in this way.
  Result<bool> is_made() const {
    const auto present = context_.storage->read(lake::transform_path(transform_.set));
    if (!present) return false;
    const auto parsed = dataset::Transform::parse(*present);
    if (!parsed || parsed->fingerprint != transform_.fingerprint) return false;
    for (const lake::Table* source : {&features_, &*speakers_}) {
      VOXLAKE_ASSIGN(const bool changed, changed_since(*source, parsed->made_from));
      if (changed) return false;
    }
    VOXLAKE_ASSIGN(const auto table, open_if_present(context_, lake::dataset_path(transform_.set)));
    return table.has_value();
  }

  Status make() {
    VOXLAKE_TRY(read_keys());
    VOXLAKE_TRY(fit());
    dataset::select_best(transform_.columns, transform_.select_columns);
    VOXLAKE_TRY(plan_balancing());
    VOXLAKE_TRY(write());
    return context_.storage->put(lake::transform_path(transform_.set), transform_.to_json());
  }

  int64_t rows_in() const { return static_cast<int64_t>(rows_.size()); }
  int64_t rows_out() const { return rows_in() + transform_.balanced.synthetic_rows; }
  std::string note() const {
    const auto kept = static_cast<int64_t>(transform_.kept_names().size());
    std::string text = std::to_string(kept) + " of " + std::to_string(transform_.columns.size()) + " columns";
    if (transform_.balanced.synthetic_rows > 0) {
      text += ", " + std::to_string(transform_.balanced.synthetic_rows) + " synthetic " + transform_.balanced.minority + " rows";
    }
    return text;
  }

 private:
  Status read_keys() {
    std::map<std::string, lake::SpeakerRow> speakers;
    VOXLAKE_ASSIGN(const auto table, lake::Table::open(context_.storage, lake::speakers_path));
    VOXLAKE_TRY(table.scan({}, [&](const Batch& batch) -> Status {
      VOXLAKE_ASSIGN(const auto rows, lake::speaker_rows(*batch));
      for (const auto& row : rows) speakers[row.speaker] = row;
      return {};
    }));
    VOXLAKE_TRY(features_.scan({"corpus", "utterance_id", "window", "speaker"}, [&](const Batch& batch) -> Status {
      const auto& windows = static_cast<const arrow::Int32Array&>(*batch->GetColumnByName("window"));
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        Row row;
        row.corpus = strings(*batch, "corpus").GetString(i);
        row.utterance_id = strings(*batch, "utterance_id").GetString(i);
        row.window = windows.Value(i);
        row.speaker = strings(*batch, "speaker").GetString(i);
        const auto speaker = speakers.find(row.speaker);
        if (speaker == speakers.end()) {
          return failure(ErrorKind::corrupt_data, "speaker " + row.speaker + " has features but is not in silver/speakers",
                         "run `voxlake dataset` again");
        }
        row.gender = speaker->second.gender;
        row.split = speaker->second.split;
        rows_.push_back(std::move(row));
      }
      return {};
    }));
    sort_rows();
    return {};
  }

  /// Columns are fitted in the order of utterance, window and corpus, so that the figures do not depend on the order in which archives were
  /// committed.
  void sort_rows() {
    std::vector<size_t> order(rows_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
      return std::tie(rows_[a].utterance_id, rows_[a].window, rows_[a].corpus) <
             std::tie(rows_[b].utterance_id, rows_[b].window, rows_[b].corpus);
    });
    place_.resize(rows_.size());
    roles_.resize(rows_.size());
    for (size_t i = 0; i < order.size(); ++i) {
      const Row& row = rows_[order[i]];
      place_[order[i]] = i;
      roles_[i] = role_of(row);
      ++transform_.rows[row.split];
      if (row.split == "train") ++transform_.classes[row.gender];
    }
  }

  static dataset::RowRole role_of(const Row& row) {
    if (row.split != "train") return dataset::not_training;
    if (row.gender == "male") return 0;
    return row.gender == "female" ? dataset::RowRole{1} : dataset::unlabelled;
  }

  Status fit() {
    const auto& names = context_.feature_set->columns();
    const auto bytes_a_column = static_cast<int64_t>(rows_.size() * sizeof(float)) + 1;
    const auto group = static_cast<size_t>(std::max<int64_t>(1, column_group_bytes / bytes_a_column));
    for (size_t first = 0; first < names.size(); first += group) {
      if (context_.stopping()) return interrupted();
      const std::vector<std::string> some(names.begin() + static_cast<std::ptrdiff_t>(first),
                                          names.begin() + static_cast<std::ptrdiff_t>(std::min(first + group, names.size())));
      std::vector<std::vector<float>> values(some.size(), std::vector<float>(rows_.size(), std::numeric_limits<float>::quiet_NaN()));
      size_t row = 0;
      VOXLAKE_TRY(features_.scan(some, [&](const Batch& batch) -> Status {
        for (size_t c = 0; c < some.size(); ++c) {
          const auto& column = static_cast<const arrow::FloatArray&>(*batch->GetColumnByName(some[c]));
          for (int64_t i = 0; i < batch->num_rows(); ++i) {
            if (column.IsValid(i)) values[c][place_[row + static_cast<size_t>(i)]] = column.Value(i);
          }
        }
        row += static_cast<size_t>(batch->num_rows());
        return {};
      }));
      for (size_t c = 0; c < some.size(); ++c) transform_.columns.push_back(dataset::fit_column(some[c], values[c], roles_));
      context_.observer->advance(Stage::dataset, static_cast<int64_t>(transform_.columns.size()), 0);
    }
    return {};
  }

  Status plan_balancing() {
    if (!transform_.balance) return {};
    VOXLAKE_ASSIGN(transform_.balanced,
                   dataset::plan_balance(transform_.classes["male"], transform_.classes["female"], *transform_.balance));
    const auto bytes = transform_.balanced.base_rows * static_cast<int64_t>(transform_.kept_names().size() * sizeof(float));
    if (bytes <= balanced_rows_bytes) return {};
    context_.observer->message(Level::warning, "the training part is not balanced: its " + transform_.balanced.minority +
                                                   " rows would take " + std::to_string(bytes >> 20) +
                                                   " MiB of memory; keep fewer columns with --dataset-select");
    transform_.balance.reset();
    transform_.balanced = {};
    return {};
  }

  Status write() {
    const std::string path = lake::dataset_path(transform_.set);
    const auto kept = transform_.kept_names();
    schema_ = lake::dataset_schema(kept);
    VOXLAKE_ASSIGN(auto table, lake::Table::open_or_create(context_.storage, path, schema_));
    lake::Commit commit(table, write_options(context_.settings));
    VOXLAKE_TRY(commit.replace_all(schema_));
    VOXLAKE_TRY(write_real_rows(commit, kept));
    VOXLAKE_TRY(write_synthetic_rows(commit, kept.size()));
    commit.set_transaction("voxlake/dataset", table.transaction("voxlake/dataset").value_or(0) + 1);
    commit.describe("DATASET", {{"rows", std::to_string(rows_out())}, {"columns", std::to_string(kept.size())}});
    VOXLAKE_TRY(commit.finish());
    return {};
  }

  Status write_real_rows(lake::Commit& commit, const std::vector<std::string>& kept) {
    std::vector<const dataset::ColumnFit*> fits;
    for (const auto& column : transform_.columns) {
      if (column.state == dataset::ColumnState::kept) fits.push_back(&column);
    }
    std::vector<std::string> columns = kept;
    columns.push_back("utterance_id");  // so that there are rows even where no column is kept
    size_t first = 0;
    return features_.scan(columns, [&](const Batch& batch) -> Status {
      if (context_.stopping()) return interrupted();
      const auto count = static_cast<size_t>(batch->num_rows());
      std::vector<std::vector<float>> values(fits.size(), std::vector<float>(count, std::numeric_limits<float>::quiet_NaN()));
      for (size_t c = 0; c < fits.size(); ++c) {
        const auto& column = static_cast<const arrow::FloatArray&>(*batch->GetColumnByName(kept[c]));
        for (size_t i = 0; i < count; ++i) {
          if (column.IsValid(static_cast<int64_t>(i))) values[c][i] = column.Value(static_cast<int64_t>(i));
        }
        dataset::apply_column(*fits[c], values[c], values[c]);
      }
      for (size_t i = 0; i < count; ++i) keep_for_balancing(first + i, i, values);
      const std::span<const Row> rows(rows_.data() + first, count);
      first += count;
      return append(commit, rows, false, values);
    });
  }

  void keep_for_balancing(size_t row, size_t in_batch, const std::vector<std::vector<float>>& values) {
    if (transform_.balanced.synthetic_rows == 0 || rows_[row].split != "train" || rows_[row].gender != transform_.balanced.minority) return;
    base_rows_.push_back(row);
    for (const auto& column : values) base_values_.push_back(column[in_batch]);
  }

  Status write_synthetic_rows(lake::Commit& commit, size_t columns) {
    if (transform_.balanced.synthetic_rows == 0 || columns == 0) {
      transform_.balanced.synthetic_rows = 0;
      return {};
    }
    sort_base_rows(columns);
    VOXLAKE_ASSIGN(const auto smote, dataset::Smote::create(base_values_, static_cast<int64_t>(columns), transform_.balanced.synthetic_rows,
                                                            *transform_.balance));
    std::vector<Row> rows;
    std::vector<std::vector<float>> values(columns);
    const auto flush = [&]() -> Status {
      if (rows.empty()) return {};
      VOXLAKE_TRY(append(commit, rows, true, values));
      rows.clear();
      for (auto& column : values) column.clear();
      return {};
    };
    VOXLAKE_TRY(smote.run([&](const dataset::SyntheticRow& synthetic) -> Status {
      if (context_.stopping()) return interrupted();
      rows.push_back(rows_[base_rows_[static_cast<size_t>(synthetic.base_row)]]);
      for (size_t c = 0; c < columns; ++c) values[c].push_back(synthetic.values[c]);
      return static_cast<int64_t>(rows.size()) >= synthetic_batch_rows ? flush() : Status{};
    }));
    return flush();
  }

  /// Into the order of utterance and window, for the same reason as `sort_rows`.
  void sort_base_rows(size_t columns) {
    std::vector<size_t> order(base_rows_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) { return place_[base_rows_[a]] < place_[base_rows_[b]]; });
    std::vector<size_t> rows;
    std::vector<float> values;
    rows.reserve(base_rows_.size());
    values.reserve(base_values_.size());
    for (size_t i : order) {
      rows.push_back(base_rows_[i]);
      const auto begin = base_values_.begin() + static_cast<std::ptrdiff_t>(i * columns);
      values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
    }
    base_rows_ = std::move(rows);
    base_values_ = std::move(values);
  }

  Status append(lake::Commit& commit, std::span<const Row> rows, bool synthetic, const std::vector<std::vector<float>>& values) {
    arrow::ArrayVector arrays;
    const auto build = [&]() -> arrow::Status {
      KeyColumns keys;
      for (const Row& row : rows) ARROW_RETURN_NOT_OK(keys.append(row, synthetic));
      ARROW_RETURN_NOT_OK(keys.finish(arrays));
      for (const auto& column : values) {
        arrow::FloatBuilder builder;
        ARROW_RETURN_NOT_OK(builder.AppendValues(column.data(), static_cast<int64_t>(column.size())));
        ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
        arrays.push_back(std::move(array));
      }
      arrow::StringBuilder fingerprints;
      for (size_t i = 0; i < rows.size(); ++i) ARROW_RETURN_NOT_OK(fingerprints.Append(transform_.fingerprint));
      ARROW_ASSIGN_OR_RAISE(auto array, fingerprints.Finish());
      arrays.push_back(std::move(array));
      return arrow::Status::OK();
    };
    const arrow::Status built = build();
    if (!built.ok()) return arrow_failure(built);
    return commit.append(*arrow::RecordBatch::Make(schema_, static_cast<int64_t>(rows.size()), std::move(arrays)));
  }

  const Context& context_;
  lake::Table features_;
  std::optional<lake::Table> speakers_;
  dataset::Transform transform_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<Row> rows_;                ///< in the table's order
  std::vector<size_t> place_;            ///< of each row in the order of utterance and window
  std::vector<dataset::RowRole> roles_;  ///< in that order
  std::vector<size_t> base_rows_;        ///< training rows of the class to balance
  std::vector<float> base_values_;       ///< their values, row after row
};

}  // namespace

Result<StageSummary> make_dataset(const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  context.observer->begin(Stage::dataset, -1);
  StageSummary summary;
  summary.stage = Stage::dataset;
  summary.unit = "rows";
  VOXLAKE_ASSIGN(auto features, open_if_present(context, lake::features_path(context.feature_set->options().set)));
  if (!features || features->rows() == 0) {
    summary.note = "there are no features yet";
    return summary;
  }
  DatasetMaker maker(context, std::move(*features));
  VOXLAKE_TRY(maker.prepare());
  VOXLAKE_ASSIGN(const bool made, maker.is_made());
  if (!made) {
    VOXLAKE_TRY(maker.make());
    summary.ran = true;
    summary.in = maker.rows_in();
    summary.out = maker.rows_out();
    summary.note = maker.note();
  }
  summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  summary.work_seconds = summary.wall_seconds;
  return summary;
}

}  // namespace voxlake::pipeline
