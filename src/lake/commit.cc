#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <span>
#include <unordered_set>

#include "lake/arrow_error.h"
#include "lake/commit_identity.h"
#include "lake/commit_log.h"
#include "lake/data_file_writer.h"
#include "lake/delta_schema.h"
#include "lake/row_removal.h"
#include "lake/table.h"
#include "lake/table_state.h"

namespace voxlake::lake {

namespace {

std::string joined(const std::set<std::string>& values) {
  constexpr size_t shown = 20;
  std::string text;
  size_t count = 0;
  for (const std::string& value : values) {
    if (count++ == shown) return text + ", … (" + std::to_string(values.size()) + ")";
    text += (text.empty() ? "" : ", ") + value;
  }
  return text;
}

std::string predicate_text(const RowCondition& condition) {
  std::string text;
  for (const auto& [column, values] : condition) text += (text.empty() ? "" : " and ") + column + " in (" + joined(values) + ")";
  return text;
}

/// Whether rows written for `ours` are rows of a table that has `theirs` now.
bool still_fits(const arrow::Schema& ours, const arrow::Schema& theirs) {
  for (const auto& field : ours.fields()) {
    auto other = theirs.GetFieldByName(field->name());
    if (other == nullptr || delta::type_name(*other->type()) != delta::type_name(*field->type())) return false;
    if (field->nullable() && !other->nullable()) return false;
  }
  return std::all_of(theirs.fields().begin(), theirs.fields().end(),
                     [&](const auto& field) { return field->nullable() || ours.GetFieldByName(field->name()) != nullptr; });
}

/// Matches the columns of batches to those of a table.
class ColumnMatch {
 public:
  /// Works out the match for batches like `batch`, unless it is the same as for the last one.
  Status prepare(const arrow::Schema& batch, const arrow::Schema& table, const std::string& path) {
    if (&batch == last_) return {};
    sources_.assign(static_cast<size_t>(table.num_fields()), -1);
    for (int i = 0; i < batch.num_fields(); ++i) {
      const arrow::Field& field = *batch.field(i);
      int target = table.GetFieldIndex(field.name());
      if (target < 0) return refuse(path, "it has no column " + field.name());
      const arrow::DataType& wanted = *table.field(target)->type();
      if (delta::type_name(*field.type()) != delta::type_name(wanted)) {
        return refuse(path, "its column " + field.name() + " is " + delta::type_name(wanted) + ", not " + field.type()->ToString());
      }
      if (sources_[static_cast<size_t>(target)] >= 0) return refuse(path, "the rows have two columns " + field.name());
      sources_[static_cast<size_t>(target)] = i;
    }
    last_ = &batch;
    return {};
  }

  /// The batch with the table's columns, in its order.
  Result<std::shared_ptr<arrow::RecordBatch>> apply(const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& table,
                                                    const std::string& path) const {
    arrow::ArrayDataVector columns(sources_.size());
    for (size_t i = 0; i < sources_.size(); ++i) {
      const arrow::Field& field = *table->field(static_cast<int>(i));
      if (sources_[i] >= 0) {
        columns[i] = batch.column_data(sources_[i]);
      } else {
        VOXLAKE_ARROW_ASSIGN(auto nulls, "cannot append rows", arrow::MakeArrayOfNull(field.type(), batch.num_rows()));
        columns[i] = nulls->data();
      }
      if (!field.nullable() && columns[i]->GetNullCount() > 0) return refuse(path, "its column " + field.name() + " may not be null");
    }
    return arrow::RecordBatch::Make(table, batch.num_rows(), std::move(columns));
  }

 private:
  static tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
    return failure(ErrorKind::invalid_argument, "cannot append rows to " + path + ": " + why);
  }
  const arrow::Schema* last_ = nullptr;
  std::vector<int> sources_;
};

}  // namespace

struct Commit::Impl {
  Table* table;
  WriteOptions options;
  std::shared_ptr<const Table::State> base;  ///< the state that the commit was begun on
  std::shared_ptr<arrow::Schema> schema;     ///< of the appended rows
  bool schema_replaced = false;
  ColumnMatch match;
  std::shared_ptr<arrow::Schema> matched;  ///< keeps alive what `match` knows by address
  std::unique_ptr<DataFileWriter> writer;
  std::vector<delta::AddFile> appended;
  std::optional<NewDataFiles> files;  ///< written by this commit
  bool finished = false;

  bool remove_all = false;
  std::optional<RowCondition> removed_values;
  std::unique_ptr<RowRemoval> removal;
  std::optional<delta::Transaction> transaction;
  std::string operation;
  std::map<std::string, std::string> parameters;

  std::string salt(int attempt) const { return std::to_string(base->version) + "/" + std::to_string(attempt); }
  Status flush_appended();
  bool is_committed_already(const Table::State& state) const;
  Result<delta::Actions> plan(const Table::State& state);
  Status plan_removals(const Table::State& state, delta::Actions& actions);
  Status reconcile(const std::vector<delta::Actions>& others, int64_t versions, int attempt);
  Result<int64_t> settle(std::shared_ptr<const Table::State> state);
  std::string default_operation() const;
};

Status Commit::Impl::flush_appended() {
  if (writer == nullptr) return {};
  VOXLAKE_TRY(writer->finish());
  return {};
}

bool Commit::Impl::is_committed_already(const Table::State& state) const {
  if (!transaction) return false;
  auto found = state.transactions.find(transaction->app_id);
  return found != state.transactions.end() && found->second.version >= transaction->version;
}

std::string Commit::Impl::default_operation() const {
  if (!operation.empty()) return operation;
  return removed_values ? "MERGE" : "WRITE";
}

Status Commit::Impl::plan_removals(const Table::State& state, delta::Actions& actions) {
  for (const auto& add : state.adds) {
    bool touched = remove_all;
    if (!touched && removal != nullptr) {
      VOXLAKE_ASSIGN(const RowRemoval::Outcome* outcome, removal->outcome(*add, state.schema));
      touched = outcome->touched;
      actions.adds.insert(actions.adds.end(), outcome->replacements.begin(), outcome->replacements.end());
    }
    if (touched) actions.removes.push_back({add->path, log_time_ms(), true, add->bytes});
  }
  if (!actions.removes.empty() && is_append_only(state.metadata.configuration)) {
    return failure(ErrorKind::unsupported, "cannot remove rows from " + table->path_ + ": the table is append-only",
                   "unset its property delta.appendOnly");
  }
  return {};
}

Result<delta::Actions> Commit::Impl::plan(const Table::State& state) {
  VOXLAKE_TRY(delta::check_writable(state.protocol, state.metadata, table->path_));
  delta::Actions actions;
  if (schema_replaced) {
    VOXLAKE_ASSIGN(std::string schema_string, delta::to_schema_string(*schema));
    if (schema_string != state.metadata.schema_string) {
      actions.metadata = state.metadata;
      actions.metadata->schema_string = std::move(schema_string);
      actions.metadata->configuration.erase(columns_added_property);  // all files are new
    }
  } else if (!appended.empty() && !still_fits(*schema, *state.schema)) {
    return failure(ErrorKind::conflict, "cannot commit to " + table->path_ + ": another writer changed its columns meanwhile", "run again");
  }
  VOXLAKE_TRY(plan_removals(state, actions));
  actions.adds.insert(actions.adds.end(), appended.begin(), appended.end());
  if (transaction) actions.transactions.push_back(*transaction);
  if (actions.adds.empty() && actions.removes.empty() && !actions.metadata && !transaction) return actions;

  std::map<std::string, std::string> told = parameters;
  if (operation.empty()) told.try_emplace("mode", remove_all ? "Overwrite" : "Append");
  if (removed_values) told.try_emplace("predicate", predicate_text(*removed_values));
  actions.info = new_commit_info(default_operation(), std::move(told));
  tell_metrics(actions);
  if (transaction) actions.transactions.back().updated_ms = actions.info->timestamp_ms;
  return actions;
}

/// Two writers that append the same rows to the same version give their files the same name; in the log that would be one file. So files
/// whose names others have used in the meantime are stored again under another name. `versions` is how far the table went on: where not all
/// of it could be read, every file is taken for used.
Status Commit::Impl::reconcile(const std::vector<delta::Actions>& others, int64_t versions, int attempt) {
  std::unordered_set<std::string> used;
  for (const delta::Actions& commit : others) {
    for (const auto& add : commit.adds) used.insert(add.path);
    for (const auto& remove : commit.removes) used.insert(remove.path);
  }
  const bool all_known = static_cast<int64_t>(others.size()) == versions;
  auto renew = [&](std::vector<delta::AddFile>& adds) -> Status {
    for (delta::AddFile& file : adds) {
      if (all_known && !used.contains(file.path)) continue;
      VOXLAKE_ASSIGN(file, files->store_again(file, salt(attempt)));
    }
    return {};
  };
  VOXLAKE_TRY(renew(appended));
  return removal == nullptr ? Status() : removal->renew(renew);
}

Result<int64_t> Commit::Impl::settle(std::shared_ptr<const Table::State> state) {
  table->state_ = std::move(state);
  finished = true;
  return table->state_->version;
}

Commit::Commit(Table& table, WriteOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->table = &table;
  impl_->options = std::move(options);
  impl_->base = table.state_;
  impl_->schema = table.state_->schema;
  impl_->files.emplace(table.storage_, table.path_);
}

Commit::~Commit() = default;
Commit::Commit(Commit&&) noexcept = default;

Status Commit::append(const arrow::RecordBatch& batch) {
  Impl& impl = *impl_;
  if (impl.finished) return failure(ErrorKind::internal, "cannot append to a finished commit");
  VOXLAKE_TRY(impl.match.prepare(*batch.schema(), *impl.schema, impl.table->path_));
  impl.matched = batch.schema();
  if (batch.num_rows() == 0) return {};
  VOXLAKE_ASSIGN(auto rows, impl.match.apply(batch, impl.schema, impl.table->path_));
  if (impl.writer == nullptr) {
    impl.writer = std::make_unique<DataFileWriter>(impl.schema, impl.options, [&impl](EncodedFile file) -> Status {
      VOXLAKE_ASSIGN(auto add, impl.files->store(std::move(file), impl.salt(0)));
      impl.appended.push_back(std::move(add));
      return {};
    });
  }
  return impl.writer->append(*rows, 0, rows->num_rows());
}

void Commit::remove_where(std::string column, std::set<std::string> values) {
  remove_where(RowCondition{{std::move(column), std::move(values)}});
}

void Commit::remove_where(std::map<std::string, std::set<std::string>> condition) {
  impl_->removed_values = std::move(condition);
}

void Commit::remove_all() {
  impl_->remove_all = true;
}

Status Commit::replace_all(std::shared_ptr<arrow::Schema> schema) {
  if (impl_->writer != nullptr)
    return failure(ErrorKind::internal, "cannot replace the columns of " + impl_->table->path_ + " after an append");
  impl_->remove_all = true;
  impl_->schema_replaced = true;
  impl_->schema = std::move(schema);
  return {};
}

void Commit::set_transaction(std::string app_id, int64_t number) {
  impl_->transaction = delta::Transaction{std::move(app_id), number, std::nullopt};
}

void Commit::describe(std::string operation, std::map<std::string, std::string> parameters) {
  impl_->operation = std::move(operation);
  impl_->parameters = std::move(parameters);
}

int64_t Commit::rows() const {
  return impl_->writer == nullptr ? 0 : impl_->writer->rows();
}

int64_t Commit::bytes() const {
  return impl_->writer == nullptr ? 0 : impl_->writer->bytes();
}

Result<int64_t> Commit::finish() {
  Impl& impl = *impl_;
  if (impl.finished) return failure(ErrorKind::internal, "cannot finish a commit twice");
  // From the version that the file names come from: what others committed since is looked at when the first attempt fails.
  std::shared_ptr<const Table::State> state = impl.base;
  if (impl.is_committed_already(*state)) return impl.settle(state);
  VOXLAKE_TRY(impl.flush_appended());
  if (impl.removed_values) {
    impl.removal = std::make_unique<RowRemoval>(impl.table->storage_, impl.table->path_, impl.options, *impl.removed_values,
                                                [&impl](EncodedFile file) { return impl.files->store(std::move(file), impl.salt(0)); });
  }
  Storage& storage = *impl.table->storage_;
  for (int attempt = 1; attempt <= attempts_at_most; ++attempt) {
    VOXLAKE_ASSIGN(delta::Actions actions, impl.plan(*state));
    if (!actions.info) return impl.settle(state);
    VOXLAKE_ASSIGN(bool published, impl.files->publish(actions, state->version + 1));
    if (published) {
      VOXLAKE_ASSIGN(state, next_state(impl.table->storage_, impl.table->path_, *state, actions));
      return impl.settle(with_checkpoint(storage, impl.table->path_, std::move(state), impl.options.retention, log_time_ms()));
    }
    std::vector<delta::Actions> others;
    VOXLAKE_ASSIGN(auto newer, refreshed_state(impl.table->storage_, impl.table->path_, state, &others));
    if (impl.is_committed_already(*newer)) return impl.settle(std::move(newer));
    VOXLAKE_TRY(impl.reconcile(others, newer->version - state->version, attempt));
    state = std::move(newer);
  }
  return failure(ErrorKind::conflict, "cannot commit to " + impl.table->path_ + ": other writers were always faster", "try again");
}

}  // namespace voxlake::lake
