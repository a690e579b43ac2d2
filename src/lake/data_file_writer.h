#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/table.h"
#include "scratch/spool.h"

namespace voxlake::lake {

/// A finished Parquet file in pieces, with the statistics that its log entry carries.
struct EncodedFile {
  std::vector<std::string> pieces;
  scratch::Spool<std::byte> rest;  ///< what comes behind the pieces, of a file that is larger than usual
  int64_t bytes = 0;
  int64_t rows = 0;
  std::string stats;  ///< Delta's JSON: numRecords, minValues, maxValues, nullCount
};

/// Turns rows into Parquet files. Where a row group or a file ends depends on the rows alone, not on the batches in which they come, and
/// the files hold no time stamps: the same rows give the same bytes.
///
/// What readers there are decides the layout: Spark 3.5's vectorised reader and Synapse serverless want version 1 data pages, plain or
/// dictionary encoding, Snappy, signed integers and INT64 microseconds. Features are neither dictionary-encoded nor given statistics
/// (thousands of columns of them would dwarf the footer); keys are both.
///
/// Holds at most a row group (twice its size while buffers grow) and the encoded part of one file, up to what a file usually has: more goes
/// where `WriteOptions::scratch` says. Not thread safe.
class DataFileWriter {
 public:
  using Sink = std::function<Status(EncodedFile)>;
  /// Calls `sink` with each file that is finished.
  DataFileWriter(std::shared_ptr<arrow::Schema> schema, WriteOptions options, Sink sink);
  ~DataFileWriter();
  DataFileWriter(const DataFileWriter&) = delete;

  /// Appends `length` rows from `offset`; the batch's columns are exactly those of the schema, in its order.
  Status append(const arrow::RecordBatch& batch, int64_t offset, int64_t length);
  Status append_all(const arrow::RecordBatch& batch);
  /// Finishes the last file. Nothing may follow.
  Status finish();
  int64_t rows() const;
  int64_t bytes() const;  ///< estimated, uncompressed

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::lake
