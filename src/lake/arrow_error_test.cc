#include "lake/arrow_error.h"

#include <arrow/status.h>
#include <gtest/gtest.h>
#include <parquet/exception.h>

#include <new>

namespace voxlake::lake {
namespace {

TEST(ArrowError, MemoryThatRanOutIsSaidAsThatWhoeverSaysIt) {
  const std::string doing = "cannot write Parquet";
  const arrow::Status malloc_failed = arrow::Status::OutOfMemory("malloc of size 64 failed");
  for (const Error& error : {from_arrow(malloc_failed, doing), from_parquet(std::bad_alloc(), ErrorKind::corrupt_data, doing),
                             from_parquet(parquet::ParquetStatusException(malloc_failed), ErrorKind::corrupt_data, doing)}) {
    EXPECT_EQ(error.kind, ErrorKind::limit_exceeded);
    EXPECT_EQ(error.message, "cannot write Parquet: there is not enough memory");
  }
}

TEST(ArrowError, OtherExceptionsKeepTheirWords) {
  const auto thrown = parquet::ParquetStatusException(arrow::Status::IOError("short read"));
  const Error error = from_parquet(thrown, ErrorKind::corrupt_data, "cannot read a.parquet");
  EXPECT_EQ(error.kind, ErrorKind::corrupt_data);
  EXPECT_EQ(error.message, "cannot read a.parquet: IOError: short read");
}

}  // namespace
}  // namespace voxlake::lake
