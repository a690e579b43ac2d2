#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/balance.h"
#include "error/result.h"

/// The fit of the ML-ready table, a column at a time, so that memory is bounded by one column: median imputation, constant columns dropped,
/// standardisation, and optionally a choice of columns. Everything is fitted on training rows alone.
namespace voxlake::dataset {

/// What a row is to the fit: not a training row, a training row whose class is not known, or a training row of class 0, 1, …
using RowRole = int8_t;
inline constexpr RowRole not_training = -2;
inline constexpr RowRole unlabelled = -1;

/// What became of an input column.
enum class ColumnState {
  kept,
  all_missing,   ///< no training row has a value
  constant,      ///< all training rows have the same value, once missing ones are imputed
  not_selected,  ///< others tell the classes apart better
};
std::string_view to_string(ColumnState state);

/// What was fitted for a column. A value that is missing is NaN or infinite.
struct ColumnFit {
  std::string name;
  ColumnState state = ColumnState::kept;
  double median = 0;              ///< of the training values that are there; replaces missing ones (sklearn SimpleImputer, "median")
  double mean = 0;                ///< of the training rows, once imputed
  double scale = 1;               ///< their population standard deviation, 1 where it is 0 (sklearn StandardScaler)
  std::optional<double> f_score;  ///< ANOVA F over the classes (sklearn f_classif); absent where it is undefined
  bool operator==(const ColumnFit&) const = default;
};

/// Fits a column. `values` and `roles` have one entry a row (any rows, training or not). Same numbers as sklearn in float64, but for
/// rounding. Needs a copy of the training values. The F score counts labelled training rows; with values that separate the classes entirely
/// it is the largest double. Pure; thread safe: columns may be fitted on many threads. REQUIRES: values.size() == roles.size().
ColumnFit fit_column(std::string name, std::span<const float> values, std::span<const RowRole> roles);

/// Keeps the `count` kept columns with the highest F score (sklearn SelectKBest(f_classif)); of equal scores the later column. Those
/// without a score come last. `count` 0 keeps all.
void select_best(std::vector<ColumnFit>& columns, int64_t count);

/// Imputes and standardises: out[i] = (values[i] or median - mean) / scale, computed in double, in the range of float.
/// REQUIRES: values.size() == out.size(); the fit is of a column that is kept. May work in place.
void apply_column(const ColumnFit& fit, std::span<const float> values, std::span<float> out);

/// What was fitted, for all columns: gold/transforms/SET.json.
struct Transform {
  std::string set;                               ///< the feature set
  std::string fingerprint;                       ///< of the configuration and version that made it
  std::map<std::string, std::string> made_from;  ///< what the rows came from (tables and their versions), as the caller says
  std::map<std::string, int64_t> rows;           ///< rows of each part before balancing: train, validation, test
  std::map<std::string, int64_t> classes;        ///< training rows of each gender before balancing
  int64_t select_columns = 0;                    ///< as asked for; 0: all
  std::optional<BalanceOptions> balance;         ///< absent where the training part was not balanced
  BalancePlan balanced;                          ///< what balancing added
  std::vector<ColumnFit> columns;                ///< input columns, in order

  /// Names of the columns that are kept, in order.
  std::vector<std::string> kept_names() const;
  /// A row of all input columns, in order, made ready for a model: the kept columns. invalid_argument where the number of values is
  /// another.
  Result<std::vector<float>> apply(std::span<const float> row) const;

  /// JSON, one column a line:
  ///     {"voxlake_transform": 1, "set", "fingerprint", "made_from": {…}, "rows": {…}, "classes": {…}, "select_columns": 0,
  ///      "balance": null or {"method": "smote", "ratio", "neighbours", "seed", "searched_rows", "class", "base_rows", "synthetic_rows"},
  ///      "columns": [{"name", "state": "kept" | "all_missing" | "constant" | "not_selected", "median", "mean", "scale", "f_score"}, …]}
  /// Numbers are written so that they read back to the same bits. median, mean and scale are null for a column that is all missing, f_score
  /// where it is undefined. A kept column is, of a value x: ((x, or median where missing) - mean) / scale.
  std::string to_json() const;
  /// Reads what `to_json` wrote. corrupt_data names what is wrong; unsupported for a later version of the format.
  static Result<Transform> parse(std::string_view json);
  bool operator==(const Transform&) const = default;
};

}  // namespace voxlake::dataset
