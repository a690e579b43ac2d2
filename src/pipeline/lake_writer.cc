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
constexpr int64_t bytes_in_a_hurry = 16 << 20;  ///< what is encoded and committed in a fraction of a second

/// One table with the commit that is being made of it. The table is opened, or made, with the first row.
class PendingTable {
 public:
  PendingTable(const Context& context, std::string path, std::shared_ptr<arrow::Schema> schema)
      : context_(context), path_(std::move(path)), schema_(std::move(schema)) {}

  Status append(const arrow::RecordBatch& batch) {
    VOXLAKE_TRY(begin());
    return commit_->append(batch);
  }
  bool has_work() const { return commit_.has_value() || !replaced_.empty(); }
  /// Opens the table, or makes it without rows.
  Status make() {
    if (table_) return {};
    VOXLAKE_ASSIGN(auto table, lake::Table::open_or_create(context_.storage, path_, schema_));
    table_.emplace(std::move(table));
    return {};
  }
  void replace(const std::string& archive) { replaced_.insert(archive); }
  int64_t bytes() const { return commit_ ? commit_->bytes() : 0; }

  Result<bool> finish(const std::string& operation) {
    if (!has_work()) return false;
    VOXLAKE_TRY(begin());
    if (!replaced_.empty()) commit_->remove_where({{"corpus", {context_.corpus}}, {"archive", std::move(replaced_)}});
    replaced_.clear();
    commit_->set_transaction(application, table_->transaction(application).value_or(0) + 1);
    commit_->describe(operation, {{"corpus", context_.corpus}, {"rows", std::to_string(commit_->rows())}});
    VOXLAKE_TRY(commit_->finish());
    commit_.reset();
    return true;
  }

 private:
  Status begin() {
    VOXLAKE_TRY(make());
    if (!commit_) commit_.emplace(*table_, write_options(context_.settings));
    return {};
  }

  const Context& context_;
  std::string path_;
  std::shared_ptr<arrow::Schema> schema_;
  std::optional<lake::Table> table_;
  std::optional<lake::Commit> commit_;
  std::set<std::string> replaced_;
};

}  // namespace

struct LakeWriter::Impl {
  explicit Impl(const Context& context)
      : archives(context, lake::archives_path, lake::archives_schema()),
        rejects(context, lake::rejects_path, lake::rejects_schema()),
        utterances(context, lake::utterances_path, lake::utterances_schema()),
        features(context, lake::features_path(context.feature_set->options().set), lake::features_schema(context.feature_set->columns())),
        flush_bytes(context.settings.file_mb << 20) {}

  PendingTable archives;
  PendingTable rejects;
  PendingTable utterances;
  PendingTable features;
  const int64_t flush_bytes;
  int64_t completed = 0;
  bool in_archive = false;  ///< chunks of an archive that is not complete were added
  int64_t commits = 0;
  std::vector<lake::ArchiveRow> archive_rows;
  std::vector<lake::RejectRow> reject_rows;
};

LakeWriter::LakeWriter(const Context& context) : impl_(std::make_unique<Impl>(context)) {}
LakeWriter::~LakeWriter() = default;

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

Status LakeWriter::flush(bool in_a_hurry) {
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
  if (impl_->archives.has_work() || impl_->rejects.has_work() || impl_->utterances.has_work()) {
    // Who asks for rejects should find none, not that there is no such table.
    for (PendingTable* table : {&impl_->archives, &impl_->rejects, &impl_->utterances}) VOXLAKE_TRY(table->make());
  }
  const std::pair<PendingTable*, const char*> in_order[] = {
      {&impl_->archives, "COPY"}, {&impl_->rejects, "REJECT"}, {&impl_->utterances, "DECODE"}, {&impl_->features, "FEATURES"}};
  const bool only_small = in_a_hurry && impl_->utterances.bytes() + impl_->features.bytes() > bytes_in_a_hurry;
  for (const auto& [table, operation] : in_order) {
    if (only_small && (table == &impl_->utterances || table == &impl_->features)) break;
    VOXLAKE_ASSIGN(const bool committed, table->finish(operation));
    if (committed) ++impl_->commits;
  }
  return {};
}

int64_t LakeWriter::commits() const {
  return impl_->commits;
}

}  // namespace voxlake::pipeline
