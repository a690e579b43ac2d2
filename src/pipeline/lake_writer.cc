#include "pipeline/lake_writer.h"

#include <arrow/api.h>

#include <set>

#include "lake/schemas.h"
#include "lake/table.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {
namespace {

constexpr const char* application = "voxlake/ingest";
constexpr int64_t archives_a_batch = 1000;

/// One table with the commit that is being made of it.
class PendingTable {
 public:
  PendingTable(lake::Table table, const Context& context)
      : table_(std::move(table)), corpus_(context.corpus), options_(write_options(context.settings)) {}

  Status append(const arrow::RecordBatch& batch) { return commit().append(batch); }
  void replace(const std::string& archive) { replaced_.insert(archive); }
  int64_t bytes() const { return commit_ ? commit_->bytes() : 0; }

  Result<bool> finish(const std::string& operation) {
    if (!commit_ && replaced_.empty()) return false;
    lake::Commit& pending = commit();
    if (!replaced_.empty()) pending.remove_where({{"corpus", {corpus_}}, {"archive", std::move(replaced_)}});
    replaced_.clear();
    pending.set_transaction(application, table_.transaction(application).value_or(0) + 1);
    pending.describe(operation, {{"corpus", corpus_}, {"rows", std::to_string(pending.rows())}});
    VOXLAKE_TRY(pending.finish());
    commit_.reset();
    return true;
  }

 private:
  lake::Commit& commit() {
    if (!commit_) commit_.emplace(table_, options_);
    return *commit_;
  }

  lake::Table table_;
  std::string corpus_;
  lake::WriteOptions options_;
  std::optional<lake::Commit> commit_;
  std::set<std::string> replaced_;
};

Result<PendingTable> pending(const Context& context, const std::string& path, std::shared_ptr<arrow::Schema> schema) {
  VOXLAKE_ASSIGN(auto table, lake::Table::open_or_create(context.storage, path, std::move(schema)));
  return PendingTable(std::move(table), context);
}

}  // namespace

struct LakeWriter::Impl {
  Impl(PendingTable archives_table, PendingTable rejects_table, PendingTable utterances_table, PendingTable features_table)
      : archives(std::move(archives_table)),
        rejects(std::move(rejects_table)),
        utterances(std::move(utterances_table)),
        features(std::move(features_table)) {}

  PendingTable archives;
  PendingTable rejects;
  PendingTable utterances;
  PendingTable features;
  int64_t flush_bytes = 0;
  int64_t completed = 0;
  bool in_archive = false;  ///< chunks of an archive that is not complete were added
  int64_t commits = 0;
  std::vector<lake::ArchiveRow> archive_rows;
  std::vector<lake::RejectRow> reject_rows;
};

LakeWriter::LakeWriter() = default;
LakeWriter::~LakeWriter() = default;

Result<std::unique_ptr<LakeWriter>> LakeWriter::create(const Context& context) {
  const std::string features_path = lake::features_path(context.feature_set->options().set);
  VOXLAKE_ASSIGN(auto archives, pending(context, lake::archives_path, lake::archives_schema()));
  VOXLAKE_ASSIGN(auto rejects, pending(context, lake::rejects_path, lake::rejects_schema()));
  VOXLAKE_ASSIGN(auto utterances, pending(context, lake::utterances_path, lake::utterances_schema()));
  VOXLAKE_ASSIGN(auto features, pending(context, features_path, lake::features_schema(context.feature_set->columns())));
  std::unique_ptr<LakeWriter> writer(new LakeWriter());
  writer->impl_.reset(new Impl(std::move(archives), std::move(rejects), std::move(utterances), std::move(features)));
  writer->impl_->flush_bytes = context.settings.file_mb << 20;
  return writer;
}

Status LakeWriter::add(const ArchiveChunk& chunk) {
  impl_->in_archive = true;
  if (chunk.utterances) VOXLAKE_TRY(impl_->utterances.append(*chunk.utterances));
  if (chunk.features) VOXLAKE_TRY(impl_->features.append(*chunk.features));
  return {};
}

Status LakeWriter::complete(ArchiveResult result) {
  impl_->in_archive = false;
  if (result.row) {
    if (result.replace_row) impl_->archives.replace(result.archive);
    impl_->archive_rows.push_back(std::move(*result.row));
  }
  if (result.rejects) {
    if (result.replace_rejects) impl_->rejects.replace(result.archive);
    for (auto& row : *result.rejects) impl_->reject_rows.push_back(std::move(row));
  }
  if (result.replace_utterances) impl_->utterances.replace(result.archive);
  if (result.replace_features) impl_->features.replace(result.archive);
  ++impl_->completed;
  const bool full = impl_->utterances.bytes() >= impl_->flush_bytes || impl_->features.bytes() >= impl_->flush_bytes;
  if (full || impl_->completed >= archives_a_batch) return flush();
  return {};
}

Status LakeWriter::flush() {
  if (impl_->in_archive) return {};
  impl_->completed = 0;
  if (!impl_->archive_rows.empty()) {
    VOXLAKE_ASSIGN(const auto batch, lake::to_batch(std::span<const lake::ArchiveRow>(impl_->archive_rows)));
    VOXLAKE_TRY(impl_->archives.append(*batch));
    impl_->archive_rows.clear();
  }
  if (!impl_->reject_rows.empty()) {
    VOXLAKE_ASSIGN(const auto batch, lake::to_batch(std::span<const lake::RejectRow>(impl_->reject_rows)));
    VOXLAKE_TRY(impl_->rejects.append(*batch));
    impl_->reject_rows.clear();
  }
  const std::pair<PendingTable*, const char*> in_order[] = {
      {&impl_->archives, "COPY"}, {&impl_->rejects, "REJECT"}, {&impl_->utterances, "DECODE"}, {&impl_->features, "FEATURES"}};
  for (const auto& [table, operation] : in_order) {
    VOXLAKE_ASSIGN(const bool committed, table->finish(operation));
    if (committed) ++impl_->commits;
  }
  return {};
}

int64_t LakeWriter::commits() const {
  return impl_->commits;
}

}  // namespace voxlake::pipeline
