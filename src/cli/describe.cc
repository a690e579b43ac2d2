#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/describe_parquet.h"
#include "cli/interrupt.h"
#include "features/reference.h"
#include "pipeline/context.h"
#include "pipeline/decode_clip.h"
#include "pipeline/feature_sets.h"

namespace voxlake::cli {
namespace {

Result<std::vector<std::byte>> read_file(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return failure(ErrorKind::not_found, "there is no file " + path, "check the path");
  if (kind == std::filesystem::file_type::directory) {
    return failure(ErrorKind::unsupported, path + " is a folder, not an audio file",
                   "name the files in it, or give the folder of a corpus to `voxlake run --corpus`");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::io, "cannot read " + path, "check that you may read it");
  std::vector<std::byte> bytes;
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    const auto* begin = reinterpret_cast<const std::byte*>(piece.data());
    bytes.insert(bytes.end(), begin, begin + file.gcount());
  }
  if (file.bad()) return failure(ErrorKind::io, "cannot read " + path);
  return bytes;
}

/// The trimmed signal of a file, as silver would hold it; what silver would refuse is refused.
Result<std::vector<float>> load(const std::string& path, const config::Settings& settings) {
  VOXLAKE_ASSIGN(auto bytes, read_file(path));
  VOXLAKE_ASSIGN(auto clip, pipeline::decode_clip(std::move(bytes), pipeline::decode_options(settings)));
  return std::move(clip.signal);
}

std::string number_text(float value) {
  if (!std::isfinite(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
  return text;
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_text(const std::vector<DescribedFile>& described, const std::vector<std::string>& columns) {
  std::string text = "file,window,start_seconds,end_seconds,partial";
  for (const auto& column : columns) text += "," + column;
  text += "\n";
  for (const auto& file : described) {
    const auto& windows = file.features.windows;
    for (size_t w = 0; w < windows.size(); ++w) {
      text += quoted(file.path) + "," + std::to_string(windows[w].index) + "," + std::to_string(windows[w].start_seconds) + "," +
              std::to_string(windows[w].end_seconds) + "," + (windows[w].partial ? "true" : "false");
      for (size_t c = 0; c < columns.size(); ++c) text += "," + number_text(file.features.values[c * windows.size() + w]);
      text += "\n";
    }
  }
  return text;
}

std::string json_text(const std::vector<DescribedFile>& described, const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& file : described) {
    const auto& windows = file.features.windows;
    for (size_t w = 0; w < windows.size(); ++w) {
      nlohmann::ordered_json row{{"file", file.path},
                                 {"window", windows[w].index},
                                 {"start_seconds", windows[w].start_seconds},
                                 {"end_seconds", windows[w].end_seconds},
                                 {"partial", windows[w].partial}};
      for (size_t c = 0; c < columns.size(); ++c) {
        const float value = file.features.values[c * windows.size() + w];
        row[columns[c]] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
      }
      text += row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    }
  }
  return text;
}

Status write_output(const std::string& path, const std::string& bytes) {
  std::FILE* file = path.empty() ? stdout : std::fopen(path.c_str(), "wb");
  if (file == nullptr) return failure(ErrorKind::io, "cannot write " + path, "check the path given with --output");
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0;
  const bool closed = path.empty() || std::fclose(file) == 0;
  if (!written || !closed) return failure(ErrorKind::io, "cannot write " + (path.empty() ? std::string("the output") : path));
  return {};
}

Status write_described(const std::vector<DescribedFile>& described, const std::vector<std::string>& columns,
                       const DescribeArguments& arguments) {
  if (arguments.format == "parquet") {
    VOXLAKE_ASSIGN(const std::string bytes, parquet_bytes(described, columns));
    return write_output(arguments.output, bytes);
  }
  return write_output(arguments.output, arguments.format == "json" ? json_text(described, columns) : csv_text(described, columns));
}

std::string columns_text(const std::vector<features::ColumnDescription>& columns, bool as_json) {
  std::string text = as_json ? "" : "column,formula,unit,range,source\n";
  for (const auto& column : columns) {
    if (as_json) {
      const nlohmann::ordered_json row{
          {"column", column.name}, {"formula", column.formula}, {"unit", column.unit}, {"range", column.range}, {"source", column.source}};
      text += row.dump() + "\n";
    } else {
      text += column.name + "," + quoted(column.formula) + "," + quoted(column.unit) + "," + quoted(column.range) + "," +
              quoted(column.source) + "\n";
    }
  }
  return text;
}

}  // namespace

int command_describe_columns(const Invocation& invocation, const std::string& format, const std::string& output) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const auto set = pipeline::make_feature_set(resolved->settings);
  if (!set) return report_error(set.error());
  if (format == "parquet") {
    return report_error({ErrorKind::invalid_argument, "columns are not described in parquet", "choose --format csv or json", {}});
  }
  const Status written = write_output(output, columns_text(features::describe_columns(**set), format == "json"));
  return written ? exit_done : report_error(written.error());
}

int command_describe(const Invocation& invocation, const DescribeArguments& arguments) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const auto set = pipeline::make_feature_set(resolved->settings);
  if (!set) return report_error(set.error());
  features::Extractor extractor(*set);
  std::vector<DescribedFile> described;
  bool refused = false;
  for (const auto& path : arguments.files) {
    if (stop_requested()) return exit_interrupted;
    DescribedFile file;
    file.path = path;
    const auto signal = load(path, resolved->settings);
    const Status status = signal ? extractor.compute(*signal, file.features) : Status(tl::unexpected<Error>(signal.error()));
    if (!status) {
      report_error(Error(status.error()).with("file", path));
      refused = true;
      continue;
    }
    described.push_back(std::move(file));
  }
  if (described.empty()) return exit_failed;
  const Status written = write_described(described, (*set)->columns(), arguments);
  if (!written) return report_error(written.error());
  return refused ? exit_refused : exit_done;
}

}  // namespace voxlake::cli
