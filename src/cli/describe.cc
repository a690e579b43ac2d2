#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/describe_rows.h"
#include "cli/interrupt.h"
#include "features/reference.h"
#include "pipeline/context.h"
#include "pipeline/describe_stage.h"
#include "pipeline/feature_sets.h"
#include "pipeline/ordered_blocks.h"

namespace voxlake::cli {
namespace {

/// Rows that wait for their turn, in all threads together.
constexpr int64_t held_bytes = 48 << 20;

Status write_text(const std::string& path, const std::string& text) {
  OutputFile file(path);
  VOXLAKE_TRY(file.write(text.data(), text.size()));
  return file.close();
}

std::string columns_text(const std::vector<features::ColumnDescription>& columns, bool as_json) {
  std::string text = as_json ? "" : "column,formula,unit,range,source\n";
  for (const auto& column : columns) {
    if (as_json) {
      const nlohmann::ordered_json row{
          {"column", column.name}, {"formula", column.formula}, {"unit", column.unit}, {"range", column.range}, {"source", column.source}};
      text += row.dump() + "\n";
    } else {
      text += column.name + "," + csv_field(column.formula) + "," + csv_field(column.unit) + "," + csv_field(column.range) + "," +
              csv_field(column.source) + "\n";
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
  const Status written = write_text(output, columns_text(features::describe_columns(**set), format == "json"));
  return written ? exit_done : report_error(written.error());
}

int command_describe(const Invocation& invocation, const DescribeArguments& arguments) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const auto set = pipeline::make_feature_set(resolved->settings);
  if (!set) return report_error(set.error());
  const pipeline::DecodeOptions options = pipeline::decode_options(resolved->settings);
  const auto sources = pipeline::find_describe_sources(arguments.files);
  const auto threads = std::min(static_cast<size_t>(pipeline::thread_count(resolved->settings)), std::max<size_t>(sources.size(), 1));
  std::vector<features::Extractor> extractors;
  for (size_t i = 0; i < threads; ++i) extractors.emplace_back(*set);

  const auto writer = make_row_writer(arguments.format, arguments.output, (*set)->columns());
  bool refused = false;
  bool described = false;
  pipeline::OrderedBlocks<pipeline::DescribedClip> output(held_bytes, [&](pipeline::DescribedClip clip) -> Status {
    if (stop_requested()) return pipeline::interrupted();
    if (!clip.error) {
      described = true;
      return writer->add(clip.name, std::move(clip.features));
    }
    report_error(std::move(*clip.error).with("file", clip.name));
    refused = true;
    return {};
  });
  using Put = pipeline::OrderedBlocks<pipeline::DescribedClip>::Put;
  const Status status = output.run(threads, sources.size(), [&](size_t thread, size_t source, const Put& put) {
    return pipeline::describe_source(sources[source], options, extractors[thread], [&](pipeline::DescribedClip clip) {
      const auto bytes = static_cast<int64_t>(clip.features.values.size() * sizeof(float));
      return put(std::move(clip), bytes);
    });
  });
  if (!status) return status.error().kind == ErrorKind::cancelled ? exit_interrupted : report_error(status.error());
  if (!described) return exit_failed;
  const Status finished = writer->finish();
  if (!finished) return report_error(finished.error());
  return refused ? exit_refused : exit_done;
}

}  // namespace voxlake::cli
