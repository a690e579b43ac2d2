#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace voxlake::lake {

/// How long old things stay.
struct Retention {
  /// Log entries, and with them the versions that can be opened (delta.logRetentionDuration).
  int64_t log_ms = int64_t{30} * 24 * 60 * 60 * 1000;
  /// Data files that no longer belong to the table (delta.deletedFileRetentionDuration).
  int64_t file_ms = int64_t{7} * 24 * 60 * 60 * 1000;
};

/// A table's properties (metaData.configuration), where it has them.
using TableProperties = std::map<std::string, std::string>;

/// The commits between two checkpoints: delta.checkpointInterval, 10 where it is not set.
int64_t checkpoint_interval(const TableProperties& properties);
/// The table's own retention where it says so, otherwise that of `otherwise`.
Retention retention_of(const TableProperties& properties, const Retention& otherwise);
/// delta.enableExpiredLogCleanup: true unless it is set to false.
bool cleans_log(const TableProperties& properties);
/// delta.appendOnly.
bool is_append_only(const TableProperties& properties);

/// The milliseconds of an interval as Delta writes it: `interval 30 days`, `interval 1 week 12 hours`. Nothing where it is none.
std::optional<int64_t> parse_interval_ms(std::string_view text);

}  // namespace voxlake::lake
