#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/rows.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

/// The schemas of the lake's tables, and rows to and from Arrow.
namespace voxlake::lake {

inline constexpr const char* archives_path = "bronze/archives";
inline constexpr const char* utterances_path = "silver/utterances";
inline constexpr const char* rejects_path = "silver/rejects";
inline constexpr const char* speakers_path = "silver/speakers";
std::string features_path(const std::string& set);   ///< gold/features/SET
std::string dataset_path(const std::string& set);    ///< gold/dataset/SET
std::string transform_path(const std::string& set);  ///< gold/transforms/SET.json

std::shared_ptr<arrow::Schema> archives_schema();
std::shared_ptr<arrow::Schema> utterances_schema();
std::shared_ptr<arrow::Schema> rejects_schema();
std::shared_ptr<arrow::Schema> speakers_schema();
/// corpus, archive, utterance_id, speaker, gender, window, start_seconds, end_seconds, partial, then `feature_columns` (float, nullable),
/// then archive_sha256 and fingerprint.
std::shared_ptr<arrow::Schema> features_schema(const std::vector<std::string>& feature_columns);
/// utterance_id, window, speaker, gender, split, synthetic, then `feature_columns` (float), then fingerprint.
std::shared_ptr<arrow::Schema> dataset_schema(const std::vector<std::string>& feature_columns);

Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const ArchiveRow> rows);
Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const UtteranceRow> rows);
Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const RejectRow> rows);
Result<std::shared_ptr<arrow::RecordBatch>> to_batch(std::span<const SpeakerRow> rows);

/// Rows of a batch; columns that the batch lacks keep their defaults.
Result<std::vector<ArchiveRow>> archive_rows(const arrow::RecordBatch& batch);
Result<std::vector<UtteranceRow>> utterance_rows(const arrow::RecordBatch& batch);
Result<std::vector<RejectRow>> reject_rows(const arrow::RecordBatch& batch);
Result<std::vector<SpeakerRow>> speaker_rows(const arrow::RecordBatch& batch);

}  // namespace voxlake::lake
