#include "pipeline/feature_rows.h"

#include <arrow/api.h>

#include <cmath>
#include <cstring>

namespace voxlake::pipeline {
namespace {

constexpr int leading_keys = 9;
constexpr int trailing_keys = 2;

tl::unexpected<Error> out_of_memory(const arrow::Status& status) {
  return failure(ErrorKind::limit_exceeded, "cannot hold the features of a batch: " + status.ToString());
}

Result<std::shared_ptr<arrow::Buffer>> allocate(int64_t bytes) {
  auto buffer = arrow::AllocateBuffer(bytes);
  if (!buffer.ok()) return out_of_memory(buffer.status());
  std::shared_ptr<arrow::Buffer> shared = std::move(*buffer);
  return shared;
}

}  // namespace

FeatureRows::FeatureRows(std::shared_ptr<arrow::Schema> schema, std::string fingerprint)
    : schema_(std::move(schema)), fingerprint_(std::move(fingerprint)) {}

void FeatureRows::add(FeatureKey key, features::WindowFeatures windows) {
  rows_ += static_cast<int64_t>(windows.windows.size());
  parts_.push_back({std::move(key), std::move(windows)});
}

int64_t FeatureRows::bytes() const {
  return rows_ * static_cast<int64_t>(schema_->num_fields()) * 4;
}

Result<std::shared_ptr<arrow::RecordBatch>> FeatureRows::take() {
  if (rows_ == 0) {
    parts_.clear();
    return std::shared_ptr<arrow::RecordBatch>();
  }
  arrow::StringBuilder corpus, archive, utterance_id, speaker, gender, sha256, fingerprint;
  arrow::Int32Builder window;
  arrow::DoubleBuilder start, end;
  arrow::BooleanBuilder partial;
  arrow::Status status;
  for (const Part& part : parts_) {
    for (const features::Window& each : part.windows.windows) {
      status &= corpus.Append(part.key.corpus);
      status &= archive.Append(part.key.archive);
      status &= utterance_id.Append(part.key.utterance_id);
      status &= speaker.Append(part.key.speaker);
      status &= gender.Append(part.key.gender);
      status &= window.Append(each.index);
      status &= start.Append(each.start_seconds);
      status &= end.Append(each.end_seconds);
      status &= partial.Append(each.partial);
      status &= sha256.Append(part.key.archive_sha256);
      status &= fingerprint.Append(fingerprint_);
    }
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays(static_cast<size_t>(schema_->num_fields()));
  arrow::ArrayBuilder* leading[leading_keys] = {&corpus, &archive, &utterance_id, &speaker, &gender, &window, &start, &end, &partial};
  for (size_t i = 0; i < leading_keys; ++i) status &= leading[i]->FinishInternal(&arrays[i]);
  status &= sha256.FinishInternal(&arrays[arrays.size() - 2]);
  status &= fingerprint.FinishInternal(&arrays[arrays.size() - 1]);
  if (!status.ok()) return out_of_memory(status);

  // All values lie in one buffer, and all validity bits in another, and columns are places in them: thousands of columns would otherwise
  // mean many thousands of allocations.
  const size_t columns = static_cast<size_t>(schema_->num_fields()) - leading_keys - trailing_keys;
  const size_t rows = static_cast<size_t>(rows_);
  const int64_t value_stride = static_cast<int64_t>((rows + 15) / 16 * 16);  // in values: each column begins a cache line
  const int64_t bit_stride = static_cast<int64_t>((rows + 511) / 512 * 512);
  VOXLAKE_ASSIGN(const auto values, allocate(value_stride * static_cast<int64_t>(columns * sizeof(float))));
  VOXLAKE_ASSIGN(const auto bits, allocate(bit_stride / 8 * static_cast<int64_t>(columns)));
  std::memset(values->mutable_data(), 0, static_cast<size_t>(values->size()));
  std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
  for (size_t column = 0; column < columns; ++column) {
    float* target = reinterpret_cast<float*>(values->mutable_data()) + value_stride * static_cast<int64_t>(column);
    uint8_t* valid = bits->mutable_data() + bit_stride / 8 * static_cast<int64_t>(column);
    size_t row = 0;
    int64_t nulls = 0;
    for (const Part& part : parts_) {
      const size_t count = part.windows.windows.size();
      const float* source = part.windows.values.data() + column * count;
      for (size_t i = 0; i < count; ++i, ++row) {
        if (std::isfinite(source[i])) {
          target[row] = source[i];
          valid[row / 8] = static_cast<uint8_t>(valid[row / 8] | (1u << (row % 8)));
        } else {
          ++nulls;
        }
      }
    }
    // An array's offset holds for its values and its bits alike, so with nulls it cannot be a place in both.
    arrays[leading_keys + column] =
        nulls == 0 ? arrow::ArrayData::Make(arrow::float32(), rows_, {nullptr, values}, 0, value_stride * static_cast<int64_t>(column))
                   : arrow::ArrayData::Make(arrow::float32(), rows_,
                                            {arrow::SliceBuffer(bits, bit_stride / 8 * static_cast<int64_t>(column), bit_stride / 8),
                                             arrow::SliceBuffer(values, value_stride * static_cast<int64_t>(column * sizeof(float)),
                                                                value_stride * static_cast<int64_t>(sizeof(float)))},
                                            nulls);
  }
  parts_.clear();
  const int64_t taken = rows_;
  rows_ = 0;
  return arrow::RecordBatch::Make(schema_, taken, std::move(arrays));
}

}  // namespace voxlake::pipeline
