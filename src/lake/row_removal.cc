#include "lake/row_removal.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "lake/data_file_reader.h"
#include "lake/file_statistics.h"

namespace voxlake::lake {

RowRemoval::RowRemoval(std::shared_ptr<Storage> storage, std::string table, WriteOptions options, std::string column,
                       std::set<std::string> values, Store store)
    : storage_(std::move(storage)),
      table_(std::move(table)),
      options_(options),
      column_(std::move(column)),
      values_(std::move(values)),
      store_(std::move(store)) {}

bool RowRemoval::may_hold(const delta::AddFile& file) const {
  StringBounds bounds(file.stats, column_);
  for (const std::string& value : values_) {
    if (bounds.may_hold(value)) return true;
  }
  return false;
}

Result<const RowRemoval::Outcome*> RowRemoval::outcome(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema) {
  auto known = outcomes_.find(file.path);
  if (known == outcomes_.end()) {
    VOXLAKE_ASSIGN(Outcome fresh, work_out(file, schema));
    known = outcomes_.emplace(file.path, std::move(fresh)).first;
  }
  return &known->second;
}

Status RowRemoval::renew(const std::function<Status(std::vector<delta::AddFile>&)>& change) {
  for (auto& [path, outcome] : outcomes_) VOXLAKE_TRY(change(outcome.replacements));
  return {};
}

Result<RowRemoval::Outcome> RowRemoval::work_out(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema) {
  Outcome outcome;
  if (!may_hold(file)) return outcome;
  auto field = schema->GetFieldByName(column_);
  if (field == nullptr || field->type()->id() != arrow::Type::STRING) {
    return failure(ErrorKind::invalid_argument, "cannot remove rows from " + table_ + ": it has no string column " + column_);
  }
  int64_t kept = 0;
  VOXLAKE_TRY(scan_data_file(storage_, table_ + "/" + file.path, file.bytes, arrow::schema({field}),
                             [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
                               const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(0));
                               for (int64_t row = 0; row < texts.length(); ++row) {
                                 bool removed = !texts.IsNull(row) && values_.contains(std::string(texts.GetView(row)));
                                 outcome.touched = outcome.touched || removed;
                                 kept += removed ? 0 : 1;
                               }
                               return {};
                             }));
  if (outcome.touched && kept > 0) VOXLAKE_TRY(rewrite(file, schema, outcome));
  return outcome;
}

Status RowRemoval::rewrite(const delta::AddFile& file, const std::shared_ptr<arrow::Schema>& schema, Outcome& outcome) {
  DataFileWriter writer(schema, options_, [&](EncodedFile encoded) -> Status {
    VOXLAKE_ASSIGN(auto add, store_(std::move(encoded)));
    outcome.replacements.push_back(std::move(add));
    return {};
  });
  const int column = schema->GetFieldIndex(column_);
  VOXLAKE_TRY(scan_data_file(
      storage_, table_ + "/" + file.path, file.bytes, schema, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
        const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(column));
        auto is_removed = [&](int64_t row) { return !texts.IsNull(row) && values_.contains(std::string(texts.GetView(row))); };
        // Rows of an archive lie together, so what is kept comes in long runs.
        for (int64_t row = 0; row < texts.length();) {
          int64_t end = row;
          while (end < texts.length() && !is_removed(end)) ++end;
          if (end > row) VOXLAKE_TRY(writer.append(*batch, row, end - row));
          row = end + 1;
        }
        return {};
      }));
  return writer.finish();
}

}  // namespace voxlake::lake
