#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/rows.h"

namespace arrow {
class RecordBatch;
}

namespace voxlake::pipeline {

struct Context;

/// A part of what one archive gave.
struct ArchiveChunk {
  std::shared_ptr<arrow::RecordBatch> utterances;  ///< may be null
  std::shared_ptr<arrow::RecordBatch> features;    ///< may be null
  int64_t bytes = 0;                               ///< in memory, about
};

/// What is known of an archive when all of its chunks were written.
struct ArchiveResult {
  std::string archive;
  std::optional<lake::ArchiveRow> row;                  ///< the archive's row in bronze/archives
  bool replace_row = false;                             ///< there is one of an earlier run
  bool replace_rejects = false;                         ///< likewise
  bool replace_utterances = false;                      ///< rows of an earlier run go
  bool replace_features = false;                        ///< likewise
  std::optional<std::vector<lake::RejectRow>> rejects;  ///< all of the archive's rejects
};

/// Writes archives' rows to the tables in batches, each archive wholly in one commit of each table, in an order that makes any interruption
/// harmless: an archive counts as decoded when silver/utterances has it, so its rejects are committed first; likewise bronze before silver
/// before gold. Where one of a batch's commits is missing, the next run does those archives again and replaces what is there. The cut
/// between batches depends on the rows alone, so the tables' bytes do too. Not thread safe.
class LakeWriter {
 public:
  /// `context` must outlive it.
  explicit LakeWriter(const Context& context);
  ~LakeWriter();

  Status add(const ArchiveChunk& chunk);
  /// All chunks of this archive were added. Commits the batch when it is large enough.
  Status complete(ArchiveResult result);
  /// Commits what was completed. Where chunks of an unfinished archive were added already (after an interruption), nothing of the batch is:
  /// the next run does it again.
  /// `in_a_hurry`, because the user waits for the end: bronze and rejects are committed, so that nothing is fetched twice; a large batch of
  /// clips is left for the next run to decode again.
  Status flush(bool in_a_hurry = false);
  int64_t commits() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::pipeline
