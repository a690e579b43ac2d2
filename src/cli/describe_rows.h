#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "error/result.h"
#include "features/feature_set.h"

namespace voxlake::cli {

/// Writes the windows of files as they come: file, window, start_seconds, end_seconds, partial, then the features. Nothing is written, and
/// no file made, before the first window. Not thread safe.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  /// The windows of `path`, or some of them: rows follow each other in the order in which they come.
  virtual Status add(const std::string& path, features::WindowFeatures features) = 0;
  /// After the last of them, where there was any.
  virtual Status finish() = 0;
};

/// `format`: csv, json (a row a line) or parquet. `output`: a path; empty for the standard output.
std::unique_ptr<RowWriter> make_row_writer(const std::string& format, const std::string& output, const std::vector<std::string>& columns);

/// A field of CSV, in quotation marks where it needs them.
std::string csv_field(const std::string& text);

/// A file that is made when it is first written to; the standard output where the path is empty.
class OutputFile {
 public:
  explicit OutputFile(std::string path) : path_(std::move(path)) {}
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  Status write(const void* bytes, size_t count);
  Status close();

 private:
  Status failed() const;
  std::string path_;
  std::unique_ptr<char[]> buffer_;  ///< the file's own
  std::FILE* file_ = nullptr;
};

}  // namespace voxlake::cli
