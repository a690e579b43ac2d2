#include "cli/describe_rows.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/describe_parquet.h"
#include "files/system_error.h"

namespace voxlake::cli {
namespace {

/// Thousands of pages of a few kilobytes each make a Parquet file.
constexpr size_t buffered_bytes = size_t{256} << 10;

std::string number_text(float value) {
  if (!std::isfinite(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
  return text;
}

class CsvRows final : public RowWriter {
 public:
  CsvRows(std::string output, const std::vector<std::string>& columns) : file_(std::move(output)), columns_(columns) {}

  Status add(const std::string& path, features::WindowFeatures features) override {
    std::string text;
    if (!has_begun_) {
      text = "file,window,start_seconds,end_seconds,partial";
      for (const auto& column : columns_) text += "," + column;
      text += "\n";
      has_begun_ = true;
    }
    const std::string field = csv_field(path);
    const auto& windows = features.windows;
    for (size_t w = 0; w < windows.size(); ++w) {
      text += field + "," + std::to_string(windows[w].index) + "," + std::to_string(windows[w].start_seconds) + "," +
              std::to_string(windows[w].end_seconds) + "," + (windows[w].partial ? "true" : "false");
      for (size_t c = 0; c < columns_.size(); ++c) text += "," + number_text(features.values[c * windows.size() + w]);
      text += "\n";
    }
    return file_.write(text.data(), text.size());
  }
  Status finish() override { return file_.close(); }

 private:
  OutputFile file_;
  const std::vector<std::string>& columns_;
  bool has_begun_ = false;
};

class JsonRows final : public RowWriter {
 public:
  JsonRows(std::string output, const std::vector<std::string>& columns) : file_(std::move(output)), columns_(columns) {}

  Status add(const std::string& path, features::WindowFeatures features) override {
    std::string text;
    const auto& windows = features.windows;
    for (size_t w = 0; w < windows.size(); ++w) {
      nlohmann::ordered_json row{{"file", path},
                                 {"window", windows[w].index},
                                 {"start_seconds", windows[w].start_seconds},
                                 {"end_seconds", windows[w].end_seconds},
                                 {"partial", windows[w].partial}};
      for (size_t c = 0; c < columns_.size(); ++c) {
        const float value = features.values[c * windows.size() + w];
        row[columns_[c]] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
      }
      text += row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    }
    return file_.write(text.data(), text.size());
  }
  Status finish() override { return file_.close(); }

 private:
  OutputFile file_;
  const std::vector<std::string>& columns_;
};

}  // namespace

std::unique_ptr<RowWriter> make_row_writer(const std::string& format, const std::string& output, const std::vector<std::string>& columns) {
  if (format == "parquet") return make_parquet_rows(output, columns);
  if (format == "json") return std::make_unique<JsonRows>(output, columns);
  return std::make_unique<CsvRows>(output, columns);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

OutputFile::~OutputFile() {
  static_cast<void>(close());
}

Status OutputFile::failed() const {
  const int code = errno != 0 ? errno : EIO;
  auto error = files::system_failure(code, "cannot write " + (path_.empty() ? std::string("the output") : path_),
                                     "check the path given with --output");
  error.value().kind = ErrorKind::io;
  if (code == ENOENT || error.value().remedy.empty()) error.value().remedy = "check the path given with --output";
  return error;
}

Status OutputFile::write(const void* bytes, size_t count) {
  if (file_ == nullptr) {
    file_ = path_.empty() ? stdout : std::fopen(path_.c_str(), "wb");
    if (file_ != nullptr && !path_.empty()) {
      buffer_ = std::make_unique_for_overwrite<char[]>(buffered_bytes);
      if (std::setvbuf(file_, buffer_.get(), _IOFBF, buffered_bytes) != 0) return failed();
    }
  }
  if (file_ == nullptr) return failed();
  if (std::fwrite(bytes, 1, count, file_) != count) return failed();
  return {};
}

Status OutputFile::close() {
  if (file_ == nullptr) return {};
  std::FILE* file = std::exchange(file_, nullptr);
  const bool is_flushed = std::fflush(file) == 0;
  const bool is_closed = path_.empty() || std::fclose(file) == 0;
  if (!is_flushed || !is_closed) return failed();
  return {};
}

}  // namespace voxlake::cli
