#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/rows.h"
#include "lake/table.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {

/// What rows were made from: an archive's content, and the configuration and version that made them.
struct Stamp {
  std::string archive_sha256;
  std::string fingerprint;
  bool operator==(const Stamp&) const = default;
};

/// Reasons of archive-level rejects that say "this was done, and there is nothing to show for it".
inline constexpr const char* no_utterances = "no_utterances";
inline constexpr const char* no_windows = "no_windows";

/// What of one corpus is in the lake already: read from the tables, since the lake remembers and the program does not.
struct LakeState {
  std::map<std::string, lake::ArchiveRow> archives;             ///< bronze/archives, by archive
  std::map<std::string, int64_t> bronze_files;                  ///< size by path of the files in bronze, whatever the table says
  std::map<std::string, Stamp> silver;                          ///< archives that were decoded, and from what
  std::map<std::string, bool> has_utterances;                   ///< decoded archives with at least one clip
  std::map<std::string, Stamp> gold;                            ///< archives with features of the set in force
  int64_t clips = 0;                                            ///< rows of silver/utterances
  int64_t windows = 0;                                          ///< rows of gold/features of the set in force
  std::map<std::string, std::vector<lake::RejectRow>> rejects;  ///< silver/rejects, by archive
};

/// Reads the state; tables that are not there yet count as empty.
Result<LakeState> read_lake_state(const Context& context);

/// The table, or nothing where it has not been made yet.
Result<std::optional<lake::Table>> open_if_present(const Context& context, const std::string& path);

}  // namespace voxlake::pipeline
