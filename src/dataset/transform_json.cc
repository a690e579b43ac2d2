#include <cmath>
#include <nlohmann/json.hpp>

#include "dataset/transform.h"

namespace voxlake::dataset {
namespace {

using json = nlohmann::ordered_json;

constexpr int64_t format_version = 1;
constexpr const char* version_key = "voxlake_transform";
constexpr const char* remedy = "make the dataset again: that writes its transform anew";

/// A field that is not what it must be. Thrown and caught in this file only.
struct BadField {
  std::string what;
};

template <typename Map>
json object_of(const Map& map) {
  json object = json::object();
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

json balance_json(const BalanceOptions& options, const BalancePlan& plan) {
  return {{"method", "smote"},
          {"ratio", options.ratio},
          {"neighbours", options.neighbours},
          {"seed", options.seed},
          {"searched_rows", options.searched_rows},
          {"class", plan.minority},
          {"base_rows", plan.base_rows},
          {"synthetic_rows", plan.synthetic_rows}};
}

json column_json(const ColumnFit& fit) {
  const bool fitted = fit.state != ColumnState::all_missing;
  const auto number = [&](double value) { return fitted ? json(value) : json(nullptr); };
  return {{"name", fit.name},         {"state", to_string(fit.state)}, {"median", number(fit.median)},
          {"mean", number(fit.mean)}, {"scale", number(fit.scale)},    {"f_score", fit.f_score ? json(*fit.f_score) : json(nullptr)}};
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

const json& member(const json& object, const char* key) {
  if (!object.is_object()) throw BadField{std::string("an object with \"") + key + "\" was expected"};
  const auto entry = object.find(key);
  if (entry == object.end()) throw BadField{std::string("\"") + key + "\" is missing"};
  return *entry;
}

std::string text(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_string()) throw BadField{std::string("\"") + key + "\" is no text"};
  return value.get<std::string>();
}

double number(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) throw BadField{std::string("\"") + key + "\" is no number"};
  return value.get<double>();
}

int64_t count(const json& object, const char* key) {
  const json& value = member(object, key);
  const bool too_great = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (!value.is_number_integer() || too_great || value.get<int64_t>() < 0) {
    throw BadField{std::string("\"") + key + "\" is no whole number from 0"};
  }
  return value.get<int64_t>();
}

std::map<std::string, int64_t> counts(const json& object, const char* key) {
  const json& entries = member(object, key);
  if (!entries.is_object()) throw BadField{std::string("\"") + key + "\" is no object"};
  std::map<std::string, int64_t> result;
  for (const auto& [name, value] : entries.items()) result[name] = count(entries, name.c_str());
  return result;
}

std::map<std::string, std::string> texts(const json& object, const char* key) {
  const json& entries = member(object, key);
  if (!entries.is_object()) throw BadField{std::string("\"") + key + "\" is no object"};
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : entries.items()) result[name] = text(entries, name.c_str());
  return result;
}

void read_balance(const json& object, Transform& transform) {
  if (object.is_null()) return;
  if (text(object, "method") != "smote") throw BadField{"\"method\" is not \"smote\""};
  BalanceOptions options;
  options.ratio = number(object, "ratio");
  options.neighbours = count(object, "neighbours");
  const json& seed = member(object, "seed");
  if (!seed.is_number_unsigned()) throw BadField{"\"seed\" is no whole number from 0"};
  options.seed = seed.get<uint64_t>();
  options.searched_rows = count(object, "searched_rows");
  transform.balance = options;
  transform.balanced = {text(object, "class"), count(object, "base_rows"), count(object, "synthetic_rows")};
}

ColumnState state_of(const json& object) {
  const std::string name = text(object, "state");
  for (const ColumnState state : {ColumnState::kept, ColumnState::all_missing, ColumnState::constant, ColumnState::not_selected}) {
    if (name == to_string(state)) return state;
  }
  throw BadField{"\"state\" is \"" + name + "\""};
}

ColumnFit read_column(const json& object) {
  ColumnFit fit;
  fit.name = text(object, "name");
  try {
    fit.state = state_of(object);
    if (fit.state != ColumnState::all_missing) {
      fit.median = number(object, "median");
      fit.mean = number(object, "mean");
      fit.scale = number(object, "scale");
      if (!(fit.scale > 0)) throw BadField{"\"scale\" is not above 0"};
    }
    if (!member(object, "f_score").is_null()) fit.f_score = number(object, "f_score");
  } catch (BadField& bad) {
    throw BadField{"column " + fit.name + ": " + bad.what};
  }
  return fit;
}

Transform read_transform(const json& object) {
  Transform transform;
  transform.set = text(object, "set");
  transform.fingerprint = text(object, "fingerprint");
  transform.made_from = texts(object, "made_from");
  transform.rows = counts(object, "rows");
  transform.classes = counts(object, "classes");
  transform.select_columns = count(object, "select_columns");
  read_balance(member(object, "balance"), transform);
  const json& columns = member(object, "columns");
  if (!columns.is_array()) throw BadField{"\"columns\" is no array"};
  for (const json& column : columns) transform.columns.push_back(read_column(column));
  return transform;
}

}  // namespace

std::string Transform::to_json() const {
  const json head = {{version_key, format_version},      {"set", set},
                     {"fingerprint", fingerprint},       {"made_from", object_of(made_from)},
                     {"rows", object_of(rows)},          {"classes", object_of(classes)},
                     {"select_columns", select_columns}, {"balance", balance ? balance_json(*balance, balanced) : json(nullptr)}};
  std::string result = "{\n";
  for (const auto& [key, value] : head.items()) result += text_of(json(key)) + ": " + text_of(value) + ",\n";
  result += "\"columns\": [";
  for (size_t i = 0; i < columns.size(); ++i) result += (i > 0 ? ",\n" : "\n") + text_of(column_json(columns[i]));
  return result + "\n]\n}\n";
}

Result<Transform> Transform::parse(std::string_view text) {
  const auto corrupt = [](const std::string& what) {
    return failure(ErrorKind::corrupt_data, "cannot read the transform: " + what, remedy);
  };
  try {
    const json object = json::parse(text);
    const int64_t version = count(object, version_key);
    if (version != format_version) {
      return failure(ErrorKind::unsupported,
                     "cannot read the transform: it is in version " + std::to_string(version) + " of the format, and this is 1",
                     "use the version of Voxlake that wrote it, or a later one");
    }
    return read_transform(object);
  } catch (const BadField& bad) {
    return corrupt(bad.what);
  } catch (const json::exception&) {
    return corrupt("it is not JSON");
  }
}

}  // namespace voxlake::dataset
