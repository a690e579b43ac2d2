#include "lake/arrow_error.h"

#include <arrow/status.h>
#include <parquet/exception.h>

#include "error/exception.h"

namespace voxlake::lake {

namespace {

ErrorKind kind_of(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::IOError: return ErrorKind::io;
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError: return ErrorKind::limit_exceeded;
    case arrow::StatusCode::NotImplemented: return ErrorKind::unsupported;
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::SerializationError: return ErrorKind::corrupt_data;
    default: return ErrorKind::internal;
  }
}

}  // namespace

Error from_arrow(const arrow::Status& status, const std::string& doing) {
  if (status.IsOutOfMemory()) return out_of_memory(doing);
  return {kind_of(status), doing + ": " + status.message(), {}, {}};
}

Error from_parquet(const std::exception& error, ErrorKind otherwise, const std::string& doing) {
  const auto* arrow_error = dynamic_cast<const parquet::ParquetStatusException*>(&error);
  if (arrow_error != nullptr && arrow_error->status().IsOutOfMemory()) return out_of_memory(doing);
  return from_exception(error, otherwise, doing);
}

}  // namespace voxlake::lake
