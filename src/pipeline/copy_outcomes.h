#pragma once

#include <optional>
#include <string>
#include <vector>

#include "error/result.h"
#include "net/download.h"
#include "pipeline/context.h"
#include "pipeline/ingest.h"
#include "pipeline/lake_state.h"
#include "pipeline/lake_writer.h"

namespace voxlake::pipeline {

/// What the end of a download, or a file that is not there, means for an archive's row and its rejects. Keeps the context and the state by
/// reference. Thread safe.
class CopyOutcomes {
 public:
  CopyOutcomes(const Context& context, const LakeState& state, std::string silver_fingerprint);

  /// Puts the archive's row into `present`, and into `result` where it changed. False where there is no copy of the archive.
  bool settle(const IngestItem& item, const net::Download& download, std::optional<lake::ArchiveRow>& present, ArchiveResult& result) const;
  /// Bronze no longer has the archive's file, and it is not fetched here.
  void settle_missing(const lake::ArchiveRow& row, ArchiveResult& result) const;

 private:
  void settle_fetched(const IngestItem& item, const net::Download& download, std::optional<lake::ArchiveRow>& present,
                      ArchiveResult& result) const;
  void settle_failed(const IngestItem& item, const Error& error, ArchiveResult& result) const;
  lake::ArchiveRow row_of(const IngestItem& item) const;
  bool has_copy_reject(const std::string& archive, const std::string& reason = {}) const;
  std::vector<lake::RejectRow> rejects_without_copy(const std::string& archive) const;

  const Context& context_;
  const LakeState& state_;
  std::string silver_fingerprint_;
};

}  // namespace voxlake::pipeline
