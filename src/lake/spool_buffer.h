#pragma once

#include <arrow/buffer.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "scratch/spool.h"

namespace voxlake::lake {

/// The values of a spool as Arrow's memory, without a copy: of a signal that lies in a file, mapped.
class SpoolBuffer final : public arrow::Buffer {
 public:
  explicit SpoolBuffer(scratch::Spool<float> values)
      : arrow::Buffer(reinterpret_cast<const uint8_t*>(values.data()), static_cast<int64_t>(values.size() * sizeof(float))),
        values_(std::move(values)) {}
  /// The spool behind a buffer; null where there is none.
  static const scratch::Spool<float>* of(const std::shared_ptr<arrow::Buffer>& buffer) {
    const auto* found = dynamic_cast<const SpoolBuffer*>(buffer.get());
    return found == nullptr ? nullptr : &found->values_;
  }

 private:
  scratch::Spool<float> values_;
};

}  // namespace voxlake::lake
