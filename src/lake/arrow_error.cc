#include "lake/arrow_error.h"

#include <arrow/status.h>

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
  return {kind_of(status), doing + ": " + status.message(), {}, {}};
}

}  // namespace voxlake::lake
