#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "features/feature_set.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace voxlake::pipeline {

/// Who an utterance's windows belong to.
struct FeatureKey {
  std::string corpus;
  std::string archive;
  std::string utterance_id;
  std::string speaker;
  std::string gender;
  std::string archive_sha256;
};

/// Collects the features of utterances and gives them as a batch of gold/features rows. Not thread safe.
class FeatureRows {
 public:
  /// `schema` as lake::features_schema gives it; `fingerprint` goes into every row.
  FeatureRows(std::shared_ptr<arrow::Schema> schema, std::string fingerprint);
  void add(FeatureKey key, features::WindowFeatures windows);
  int64_t rows() const { return rows_; }
  int64_t bytes() const;
  /// The rows so far as one batch (NaN becomes null), which are then forgotten. Null pointer where there are none.
  Result<std::shared_ptr<arrow::RecordBatch>> take();

 private:
  struct Part {
    FeatureKey key;
    features::WindowFeatures windows;
  };
  std::shared_ptr<arrow::Schema> schema_;
  std::string fingerprint_;
  std::vector<Part> parts_;
  int64_t rows_ = 0;
};

}  // namespace voxlake::pipeline
