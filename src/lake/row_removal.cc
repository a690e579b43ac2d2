#include "lake/row_removal.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "lake/data_file_reader.h"
#include "lake/file_statistics.h"

namespace voxlake::lake {

namespace {

/// The columns of a condition in one batch.
class Matcher {
 public:
  Matcher(const arrow::RecordBatch& batch, const RowCondition& condition) {
    for (const auto& [column, values] : condition) {
      columns_.push_back({&static_cast<const arrow::StringArray&>(*batch.GetColumnByName(column)), &values});
    }
  }
  bool matches(int64_t row) const {
    return std::all_of(columns_.begin(), columns_.end(), [row](const auto& column) {
      return !column.first->IsNull(row) && column.second->contains(std::string(column.first->GetView(row)));
    });
  }

 private:
  std::vector<std::pair<const arrow::StringArray*, const std::set<std::string>*>> columns_;
};

}  // namespace

RowRemoval::RowRemoval(std::shared_ptr<Storage> storage, std::string table, WriteOptions options, RowCondition condition, Store store)
    : storage_(std::move(storage)),
      table_(std::move(table)),
      options_(std::move(options)),
      condition_(std::move(condition)),
      store_(std::move(store)) {}

bool RowRemoval::may_hold(const delta::AddFile& file) const {
  return std::all_of(condition_.begin(), condition_.end(), [&file](const auto& entry) {
    const StringBounds bounds(file.stats, entry.first);
    return std::any_of(entry.second.begin(), entry.second.end(), [&bounds](const std::string& value) { return bounds.may_hold(value); });
  });
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
  arrow::FieldVector fields;
  for (const auto& [column, values] : condition_) {
    auto field = schema->GetFieldByName(column);
    if (field == nullptr || field->type()->id() != arrow::Type::STRING) {
      return failure(ErrorKind::invalid_argument, "cannot remove rows from " + table_ + ": it has no string column " + column);
    }
    fields.push_back(std::move(field));
  }
  int64_t kept = 0;
  VOXLAKE_TRY(scan_data_file(storage_, table_ + "/" + file.path, file.bytes, arrow::schema(fields),
                             [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
                               const Matcher matcher(*batch, condition_);
                               for (int64_t row = 0; row < batch->num_rows(); ++row) {
                                 const bool removed = matcher.matches(row);
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
  VOXLAKE_TRY(scan_data_file(
      storage_, table_ + "/" + file.path, file.bytes, schema,
      [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
        const Matcher matcher(*batch, condition_);
        // Rows of an archive lie together, so what is kept comes in long runs.
        for (int64_t row = 0; row < batch->num_rows();) {
          int64_t end = row;
          while (end < batch->num_rows() && !matcher.matches(end)) ++end;
          if (end > row) VOXLAKE_TRY(writer.append(*batch, row, end - row));
          row = end + 1;
        }
        return {};
      },
      options_.scratch));
  return writer.finish();
}

}  // namespace voxlake::lake
