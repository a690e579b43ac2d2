// Windows of both sets against librosa 0.11, numpy and scipy (tests/golden/make_features.py).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "features/descriptor.h"
#include "features/feature_set.h"
#include "features/functional.h"
#include "features/golden_comparison_test_support.h"
#include "features/golden_test_support.h"

namespace voxlake::features {
namespace {

/// A run of fifteen golden columns: a row of a descriptor.
struct GoldenRow {
  std::string descriptor;
  std::string label;  ///< as the columns are named
};

std::vector<GoldenRow> golden_rows(const std::string& set) {
  std::ifstream file(VOXLAKE_SOURCE_DIR "/tests/golden/features/descriptors.txt");
  std::vector<GoldenRow> rows;
  std::string its_set;
  std::string descriptor;
  int count = 0;
  while (file >> its_set >> descriptor >> count) {
    if (its_set != set) continue;
    for (int row = 0; row < count; ++row) {
      std::ostringstream label;
      label << descriptor;
      if (count > 1) label << "_" << row / 10 << row % 10;
      rows.push_back({descriptor, label.str()});
    }
  }
  return rows;
}

class ExtractorGoldenTest : public testing::TestWithParam<const char*> {};

TEST_P(ExtractorGoldenTest, EveryWindowIsLibrosasWithinItsTolerance) {
  const std::string set_name = GetParam();
  const std::vector<GoldenRow> rows = golden_rows(set_name);
  const auto signals = read_golden("signals.records");
  int compared = 0;
  for (const auto& [key, record] : read_golden("windows.records")) {
    const std::string signal_name = key.substr(0, key.find('/'));
    if (key.substr(signal_name.size() + 1, set_name.size() + 1) != set_name + "/") continue;
    SCOPED_TRACE(key);
    FeatureOptions options;
    options.set = set_name;
    options.windows.kind = key.ends_with("/whole") ? Windowing::whole : Windowing::sliding;
    const auto set = *FeatureSet::create(options);
    std::map<std::string, std::size_t> column_of;
    for (std::size_t i = 0; i < set->columns().size(); ++i) column_of[set->columns()[i]] = i;
    WindowFeatures features;
    ASSERT_TRUE(Extractor(set).compute(golden_signal(signals, signal_name), features));
    ASSERT_EQ(features.windows.size(), record.rows);
    ASSERT_EQ(record.columns, rows.size() * kFunctionals);
    for (std::size_t window = 0; window < record.rows; ++window) {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const double* golden = record.values.data() + window * record.columns + row * kFunctionals;
        const WindowComparison comparison(rows[row].descriptor, golden);
        for (int i = 0; i < kFunctionals; ++i) {
          const auto functional = static_cast<Functional>(i);
          const auto column = column_of.find(rows[row].label + "_" + std::string(to_string(functional)));
          if (column == column_of.end()) continue;  // spectral leaves some out
          SCOPED_TRACE(column->first);
          const double ours = features.values[column->second * features.windows.size() + window];
          if (std::isnan(golden[0])) {
            EXPECT_TRUE(std::isnan(ours));
          } else {
            comparison.expect(functional, ours);
          }
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 10000);
}

INSTANTIATE_TEST_SUITE_P(Sets, ExtractorGoldenTest, testing::Values("librosa-full", "spectral"));

}  // namespace
}  // namespace voxlake::features
