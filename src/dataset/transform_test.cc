#include "dataset/transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace voxlake::dataset {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

/// What scikit-learn made of the same columns: tests/golden/make_dataset.py.
class Golden : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(VOXLAKE_SOURCE_DIR) + "/tests/golden/dataset/transform.json");
    ASSERT_TRUE(file);
    golden_ = nlohmann::ordered_json::parse(file);
    for (size_t i = 0; i < golden_["training"].size(); ++i) {
      roles_.push_back(golden_["training"][i] == 1 ? golden_["classes"][i].get<RowRole>() : not_training);
    }
    for (const auto& [name, values] : golden_["values"].items()) {
      std::vector<float>& column = values_[name];
      for (const auto& value : values) column.push_back(value.is_null() ? missing : value.get<float>());
      fits_.push_back(fit_column(name, column, roles_));
    }
  }
  nlohmann::ordered_json golden_;
  std::vector<RowRole> roles_;
  std::map<std::string, std::vector<float>> values_;
  std::vector<ColumnFit> fits_;
};

double tolerance(double expected) {
  return 1e-9 * std::abs(expected);
}

TEST_F(Golden, FitsEqualScikitLearns) {
  ASSERT_EQ(fits_.size(), 17U);
  for (const ColumnFit& fit : fits_) {
    SCOPED_TRACE(fit.name);
    const auto& expected = golden_["fits"][fit.name];
    EXPECT_EQ(to_string(fit.state), expected["state"].get<std::string>());
    if (fit.state == ColumnState::all_missing) continue;
    EXPECT_EQ(fit.median, expected["median"].get<double>());
    if (fit.state == ColumnState::constant) continue;
    EXPECT_NEAR(fit.mean, expected["mean"], tolerance(expected["mean"]));
    EXPECT_NEAR(fit.scale, expected["scale"], tolerance(expected["scale"]));
    ASSERT_TRUE(fit.f_score);
    if (expected["f_score"] == "infinite") {
      EXPECT_EQ(*fit.f_score, std::numeric_limits<double>::max());
    } else {
      EXPECT_NEAR(*fit.f_score, expected["f_score"], tolerance(expected["f_score"]));
    }
  }
}

TEST_F(Golden, StandardisedValuesEqualScikitLearns) {
  for (const ColumnFit& fit : fits_) {
    if (fit.state != ColumnState::kept) continue;
    SCOPED_TRACE(fit.name);
    std::vector<float> training;
    for (size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] != not_training) training.push_back(values_[fit.name][i]);
    }
    apply_column(fit, training, training);
    const auto& expected = golden_["fits"][fit.name]["first_rows"];
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(training[i], expected[i].get<double>(), 1e-6);
  }
}

TEST_F(Golden, SelectedColumnsAreScikitLearns) {
  for (const auto& [count, names] : golden_["selected"].items()) {
    Transform transform;
    transform.columns = fits_;
    select_best(transform.columns, std::stoll(count));
    EXPECT_EQ(transform.kept_names(), names.get<std::vector<std::string>>()) << count;
  }
}

std::vector<RowRole> roles_of(size_t rows) {
  std::vector<RowRole> roles(rows);
  for (size_t i = 0; i < rows; ++i) roles[i] = static_cast<RowRole>(i % 2);
  return roles;
}

TEST(FitColumn, LooksAtTrainingRowsAlone) {
  const std::vector<float> values = {1, 900, 2, -700, 3, missing, 4};
  std::vector<RowRole> roles = {0, not_training, 1, not_training, 0, not_training, unlabelled};
  const ColumnFit fit = fit_column("x", values, roles);
  EXPECT_EQ(fit, fit_column("x", std::vector<float>{1, 2, 3, 4}, std::vector<RowRole>{0, 1, 0, unlabelled}));
  EXPECT_EQ(fit.median, 2.5);
  EXPECT_EQ(fit.mean, 2.5);
  EXPECT_DOUBLE_EQ(fit.scale, std::sqrt(1.25));
  EXPECT_EQ(fit_column("x", values, std::vector<RowRole>(7, not_training)).state, ColumnState::all_missing);
  EXPECT_EQ(fit_column("x", {}, {}).state, ColumnState::all_missing);
}

TEST(FitColumn, TakesInfiniteValuesForMissingOnes) {
  EXPECT_EQ(fit_column("x", std::vector<float>{1, infinite, 2, -infinite, 4}, roles_of(5)),
            fit_column("x", std::vector<float>{1, missing, 2, missing, 4}, roles_of(5)));
}

TEST(FitColumn, StandardisesTrainingValuesToMeanZeroAndDeviationOne) {
  std::mt19937 random(1);
  for (const double offset : {0.0, 1e3, 1e7}) {
    std::normal_distribution<double> draw(offset, 1 + offset * 1e-5);
    std::vector<float> values(100'000);
    for (float& value : values) value = static_cast<float>(draw(random));
    const ColumnFit fit = fit_column("x", values, roles_of(values.size()));
    apply_column(fit, values, values);
    double sum = 0;
    double squares = 0;
    for (const float value : values) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    EXPECT_NEAR(sum / 1e5, 0, 1e-7) << offset;
    EXPECT_NEAR(squares / 1e5, 1, 1e-6) << offset;
  }
}

TEST(FitColumn, DoesNotDependOnTheOrderOfRowsButForRounding) {
  std::mt19937 random(2);
  std::vector<float> values(1001);
  for (float& value : values) value = random() % 10 == 0 ? missing : static_cast<float>(random() % 1000) / 7;
  const std::vector<RowRole> roles(values.size(), unlabelled);
  const ColumnFit fit = fit_column("x", values, roles);
  std::shuffle(values.begin(), values.end(), random);
  const ColumnFit shuffled = fit_column("x", values, roles);
  EXPECT_EQ(fit.median, shuffled.median);
  EXPECT_NEAR(fit.mean, shuffled.mean, 1e-12 * fit.mean);
  EXPECT_NEAR(fit.scale, shuffled.scale, 1e-12 * fit.scale);
}

TEST(FitColumn, HasNoScoreWhereThereIsNothingToTellApart) {
  const std::vector<float> values = {1, 2, 3, 4};
  EXPECT_FALSE(fit_column("x", values, std::vector<RowRole>(4, 0)).f_score);
  EXPECT_FALSE(fit_column("x", values, std::vector<RowRole>(4, unlabelled)).f_score);
  EXPECT_FALSE(fit_column("x", values, std::vector<RowRole>{0, 1, unlabelled, unlabelled}).f_score);
  EXPECT_FALSE(fit_column("x", std::vector<float>{1, 1, 1, 5}, std::vector<RowRole>{0, 1, 0, unlabelled}).f_score);
  EXPECT_EQ(fit_column("x", std::vector<float>{1, 1, 5, 5}, std::vector<RowRole>{0, 0, 1, 1}).f_score, std::numeric_limits<double>::max());
}

TEST(ApplyColumn, StaysFiniteWhateverTheValue) {
  const ColumnFit fit = fit_column("x", std::vector<float>{0, 1e-30F}, roles_of(2));
  std::vector<float> values = {3e38F, -3e38F, missing, infinite};
  apply_column(fit, values, values);
  for (const float value : values) EXPECT_TRUE(std::isfinite(value));
  EXPECT_EQ(values[2], 0);
}

Transform some_transform() {
  Transform transform;
  transform.set = "spectral";
  transform.fingerprint = "00ff";
  transform.made_from = {{"gold/features/spectral", "version 3"}, {"\"odd\"", "ü"}};
  transform.rows = {{"train", 4}, {"validation", 1}, {"test", 0}};
  transform.classes = {{"female", 1}, {"male", 2}, {"unknown", 1}};
  transform.select_columns = 2;
  transform.balance = BalanceOptions{0.5, 3, UINT64_MAX, 1000};
  transform.balanced = {"female", 1, 7};
  const std::vector<std::vector<float>> columns = {
      {1.1F, 2, 3.3F, missing}, {5, 5, missing, 5}, {missing, missing, missing, missing}, {1e-30F, 7, 8, 1e30F}, {3, 3, 3, 4}};
  for (size_t i = 0; i < columns.size(); ++i) {
    transform.columns.push_back(fit_column("column_" + std::to_string(i), columns[i], std::vector<RowRole>{0, 0, 1, unlabelled}));
  }
  select_best(transform.columns, transform.select_columns);
  return transform;
}

TEST(Transform, ReadsBackToTheSameBits) {
  const Transform transform = some_transform();
  const auto read = Transform::parse(transform.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, transform);
  Transform plain;
  EXPECT_EQ(Transform::parse(plain.to_json()).value(), plain);
}

TEST(Transform, AppliesToARowOfAllInputColumns) {
  const Transform transform = some_transform();
  EXPECT_EQ(transform.kept_names(), (std::vector<std::string>{"column_0", "column_3"}));
  const auto row = transform.apply(std::vector<float>{missing, 1, 2, 7, 3});
  ASSERT_TRUE(row);
  ASSERT_EQ(row->size(), 2U);
  EXPECT_FLOAT_EQ((*row)[0], static_cast<float>((2 - transform.columns[0].mean) / transform.columns[0].scale));
  EXPECT_EQ(transform.apply(std::vector<float>{1}).error().kind, ErrorKind::invalid_argument);
}

TEST(Transform, SaysWhatIsWrongWithATextThatIsNone) {
  const std::string good = some_transform().to_json();
  const auto broken = [&](const std::string& part, const std::string& other, const std::string& said) {
    std::string text = good;
    const size_t at = text.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    const auto read = Transform::parse(text.replace(at, part.size(), other));
    ASSERT_FALSE(read) << other;
    EXPECT_NE(read.error().to_string().find(said), std::string::npos) << read.error().to_string();
  };
  broken("{", "[", "not JSON");
  broken("\"voxlake_transform\": 1", "\"voxlake_transform\": 2", "version 2");
  broken("\"set\"", "\"sett\"", "\"set\" is missing");
  broken("\"rows\": {\"test\":0", "\"rows\": {\"test\":-1", "\"test\" is no whole number");
  broken("smote", "adasyn", "smote");
  broken("\"state\":\"constant\"", "\"state\":\"odd\"", "column column_1: \"state\" is \"odd\"");
  broken("\"scale\":1.0", "\"scale\":0", "column column_1: \"scale\" is not above 0");
  broken("\"median\":2", "\"median\":null,\"m\":2", "column column_0: \"median\" is no number");
  EXPECT_EQ(Transform::parse("").error().kind, ErrorKind::corrupt_data);
  EXPECT_EQ(Transform::parse("[]").error().kind, ErrorKind::corrupt_data);
  EXPECT_EQ(Transform::parse("{\"voxlake_transform\": 9}").error().kind, ErrorKind::unsupported);
}

TEST(Transform, NeverFailsOtherwiseOnRandomBytes) {
  std::mt19937 random(5);
  const std::string good = some_transform().to_json();
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (size_t i = 0; i < 1 + random() % 4; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    const auto read = Transform::parse(text);
    if (read) {
      EXPECT_EQ(Transform::parse(read->to_json()).value().columns.size(), read->columns.size());
    }
  }
}

}  // namespace
}  // namespace voxlake::dataset
