#pragma once

#include <exception>
#include <string>

#include "error/result.h"

namespace arrow {
class Status;
}

namespace voxlake::lake {

/// What Arrow said, as an error of ours. `doing` opens the sentence: "cannot read part-0.parquet".
Error from_arrow(const arrow::Status& status, const std::string& doing);
/// What Parquet's own classes threw: `limit_exceeded` where memory ran out, else an error of the kind `otherwise`.
Error from_parquet(const std::exception& error, ErrorKind otherwise, const std::string& doing);

}  // namespace voxlake::lake

// For .cc files that include Arrow: return the error of an arrow::Status, or bind the value of an arrow::Result.
#define VOXLAKE_ARROW_TRY(doing, expression)                                               \
  do {                                                                                     \
    ::arrow::Status voxlake_arrow_status_ = (expression);                                  \
    if (!voxlake_arrow_status_.ok()) {                                                     \
      return ::tl::unexpected<::voxlake::Error>(from_arrow(voxlake_arrow_status_, doing)); \
    }                                                                                      \
  } while (false)

#define VOXLAKE_ARROW_ASSIGN_(temporary, target, doing, expression)                                      \
  auto temporary = (expression);                                                                         \
  if (!temporary.ok()) return ::tl::unexpected<::voxlake::Error>(from_arrow(temporary.status(), doing)); \
  target = std::move(temporary).ValueUnsafe()

#define VOXLAKE_ARROW_ASSIGN(target, doing, expression) \
  VOXLAKE_ARROW_ASSIGN_(VOXLAKE_CONCAT(voxlake_arrow_, __LINE__), target, doing, expression)
