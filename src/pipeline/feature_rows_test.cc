#include "pipeline/feature_rows.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lake/schemas.h"

namespace voxlake::pipeline {
namespace {

features::WindowFeatures windows(int count, const std::vector<float>& values) {
  features::WindowFeatures features;
  for (int i = 0; i < count; ++i) features.windows.push_back({i, i * 1.0, i + 3.0, false});
  features.values = values;
  return features;
}

TEST(FeatureRows, GivesARowAWindowAndNullForWhatIsUndefined) {
  const float nan = std::nanf("");
  FeatureRows rows(lake::features_schema({"a", "b"}), "fp");
  rows.add({"c", "x-1", "x-1/a1", "x", "male", "sha"}, windows(2, {1, nan, 3, 4}));
  rows.add({"c", "x-1", "x-1/a2", "x", "male", "sha"}, windows(1, {5, INFINITY}));
  EXPECT_EQ(rows.rows(), 3);
  const auto batch = rows.take();
  ASSERT_TRUE(batch) << batch.error().to_string();
  ASSERT_TRUE((*batch)->ValidateFull().ok()) << (*batch)->ValidateFull().ToString();
  const auto a = std::static_pointer_cast<arrow::FloatArray>((*batch)->GetColumnByName("a"));
  const auto b = std::static_pointer_cast<arrow::FloatArray>((*batch)->GetColumnByName("b"));
  EXPECT_EQ(a->Value(0), 1);
  EXPECT_TRUE(a->IsNull(1));
  EXPECT_EQ(a->Value(2), 5);
  EXPECT_EQ(a->null_count(), 1);
  EXPECT_EQ(b->Value(0), 3);
  EXPECT_EQ(b->Value(1), 4);
  EXPECT_TRUE(b->IsNull(2)) << "an infinite value is no value";
  const auto ids = std::static_pointer_cast<arrow::StringArray>((*batch)->GetColumnByName("utterance_id"));
  EXPECT_EQ(ids->GetString(2), "x-1/a2");
  EXPECT_EQ(std::static_pointer_cast<arrow::StringArray>((*batch)->GetColumnByName("fingerprint"))->GetString(0), "fp");
}

TEST(FeatureRows, IsEmptyAfterItsRowsWereTaken) {
  FeatureRows rows(lake::features_schema({"a"}), "fp");
  rows.add({}, windows(1, {1}));
  ASSERT_TRUE(rows.take());
  EXPECT_EQ(rows.rows(), 0);
  const auto nothing = rows.take();
  ASSERT_TRUE(nothing);
  EXPECT_EQ(*nothing, nullptr);
}

}  // namespace
}  // namespace voxlake::pipeline
