#include "lake/table.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <algorithm>

#include "lake/arrow_error.h"
#include "lake/commit_identity.h"
#include "lake/data_file_reader.h"
#include "lake/delta_log.h"
#include "lake/delta_schema.h"
#include "lake/file_statistics.h"
#include "lake/table_state.h"
#include "lake/time_text.h"

namespace voxlake::lake {

namespace {

constexpr int creation_attempts = 20;
constexpr int widest_indexed = 32;  ///< Delta's default for delta.dataSkippingNumIndexedCols

/// Settings of a new table.
std::map<std::string, std::string> configuration_of(const arrow::Schema& schema) {
  std::map<std::string, std::string> configuration = {{"delta.checkpointInterval", "20"}};
  if (schema.num_fields() > widest_indexed) {
    // Other writers would gather statistics for feature columns, of no use to anybody: only the keys before them are to be indexed.
    int keys = 0;
    while (keys < widest_indexed && has_statistics(*schema.field(keys)->type())) ++keys;
    configuration["delta.dataSkippingNumIndexedCols"] = std::to_string(keys);
  }
  return configuration;
}

Status create_table(Storage& storage, const std::string& path, const arrow::Schema& schema) {
  delta::Actions actions;
  actions.info = new_commit_info("CREATE TABLE", {});
  actions.protocol = delta::Protocol{};
  actions.metadata.emplace();
  actions.metadata->id = unique_id();
  VOXLAKE_ASSIGN(actions.metadata->schema_string, delta::to_schema_string(schema));
  actions.metadata->configuration = configuration_of(schema);
  actions.metadata->created_ms = actions.info->timestamp_ms;
  return storage.put_if_absent(delta::commit_path(path, 0), to_json_lines(actions));
}

Status add_columns(Storage& storage, const std::string& path, const Table::State& state, const arrow::Schema& merged) {
  VOXLAKE_TRY(delta::check_writable(state.protocol, state.metadata, path));
  delta::Actions actions;
  actions.info = new_commit_info("ADD COLUMNS", {});
  actions.metadata = state.metadata;
  actions.metadata->configuration[columns_added_property] = "true";
  VOXLAKE_ASSIGN(actions.metadata->schema_string, delta::to_schema_string(merged));
  return storage.put_if_absent(delta::commit_path(path, state.version + 1), to_json_lines(actions));
}

Result<std::shared_ptr<arrow::Schema>> projected(const std::shared_ptr<arrow::Schema>& schema, const std::vector<std::string>& columns,
                                                 const std::string& table) {
  if (columns.empty()) return schema;
  arrow::FieldVector fields;
  for (const std::string& column : columns) {
    auto field = schema->GetFieldByName(column);
    if (field == nullptr) return failure(ErrorKind::invalid_argument, "the table " + table + " has no column " + column);
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

bool is(const Status& status, ErrorKind kind) {
  return !status && status.error().kind == kind;
}

}  // namespace

Table::Table(std::shared_ptr<Storage> storage, std::string path, std::shared_ptr<const State> state)
    : storage_(std::move(storage)), path_(std::move(path)), state_(std::move(state)) {}

Result<Table> Table::open(std::shared_ptr<Storage> storage, std::string path, std::optional<int64_t> version) {
  VOXLAKE_ASSIGN(path, checked_path(path));
  VOXLAKE_ASSIGN(auto state, load_state(storage, path, version));
  return Table(std::move(storage), std::move(path), std::move(state));
}

Result<Table> Table::open_or_create(const std::shared_ptr<Storage>& storage, const std::string& path,
                                    const std::shared_ptr<arrow::Schema>& schema) {
  for (int attempt = 0; attempt < creation_attempts; ++attempt) {
    Result<Table> table = open(storage, path);
    Status changed;
    if (table) {
      VOXLAKE_ASSIGN(auto merged, delta::merged_schema(table->schema(), *schema, path));
      if (merged == table->schema()) return table;
      changed = add_columns(*storage, table->path_, *table->state_, *merged);
    } else if (table.error().kind == ErrorKind::not_found) {
      VOXLAKE_ASSIGN(std::string checked, checked_path(path));
      changed = create_table(*storage, checked, *schema);
    } else {
      return table;
    }
    // Whoever made the commit, we or somebody faster: the table is opened again and looked at.
    if (!changed && !is(changed, ErrorKind::already_exists)) return propagate(changed);
  }
  return failure(ErrorKind::conflict, "cannot open the table " + path + ": others keep changing its columns", "try again");
}

Result<Table> Table::open_at(std::shared_ptr<Storage> storage, std::string path, int64_t time_ms) {
  VOXLAKE_ASSIGN(path, checked_path(path));
  VOXLAKE_ASSIGN(const auto listing, delta::list_log(*storage, path));
  if (listing.commits.empty()) return failure(ErrorKind::not_found, "there is no table at " + storage->address(path));
  const auto then = listing.commit_at(time_ms);
  if (!then) {
    const auto oldest = listing.oldest_version();
    const auto first = std::find_if(listing.commits.begin(), listing.commits.end(),
                                    [&](const delta::LogEntry& commit) { return oldest && commit.version >= *oldest; });
    std::string remedy;
    if (first != listing.commits.end()) {
      remedy = "its oldest is version " + std::to_string(first->version) + " of " + format_time_ms(first->time_ms);
    }
    return failure(ErrorKind::not_found, "the table " + path + " has no version of " + format_time_ms(time_ms), std::move(remedy));
  }
  return open(std::move(storage), std::move(path), then->version);
}

Status Table::refresh() {
  VOXLAKE_ASSIGN(state_, refreshed_state(storage_, path_, state_));
  return {};
}

int64_t Table::version() const {
  return state_->version;
}

std::shared_ptr<arrow::Schema> Table::schema() const {
  return state_->schema;
}

const TableProperties& Table::properties() const {
  return state_->metadata.configuration;
}

const std::vector<DataFile>& Table::files() const {
  return state_->files;
}

int64_t Table::rows() const {
  return state_->rows;
}

bool Table::files_may_differ() const {
  if (state_->metadata.configuration.contains(columns_added_property)) return true;
  return !std::all_of(state_->files.begin(), state_->files.end(), [](const DataFile& file) { return is_data_file_name(file.path); });
}

Result<bool> Table::changed_since(int64_t version) const {
  if (version > state_->version) return true;
  for (int64_t later = version + 1; later <= state_->version; ++later) {
    const std::string entry = delta::commit_path(path_, later);
    Result<std::string> text = storage_->read(entry);
    if (!text && text.error().kind == ErrorKind::not_found) return true;
    if (!text) return propagate(text);
    VOXLAKE_ASSIGN(const auto actions, delta::parse_json_lines(*text, entry));
    const auto changes = [](const auto& file) { return file.data_change; };
    if (actions.metadata || std::any_of(actions.adds.begin(), actions.adds.end(), changes) ||
        std::any_of(actions.removes.begin(), actions.removes.end(), changes)) {
      return true;
    }
  }
  return false;
}

std::optional<int64_t> Table::transaction(std::string_view app_id) const {
  auto found = state_->transactions.find(app_id);
  if (found == state_->transactions.end()) return std::nullopt;
  return found->second.version;
}

std::string Table::address(const DataFile& file) const {
  return storage_->address(path_ + "/" + file.path);
}

Status Table::scan(const std::vector<std::string>& columns, const std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>& visit,
                   const scratch::Limits& limits) const {
  VOXLAKE_ASSIGN(auto schema, projected(state_->schema, columns, path_));
  for (const DataFile& file : state_->files) {
    VOXLAKE_TRY(scan_data_file(storage_, path_ + "/" + file.path, file.bytes, schema, visit, limits));
  }
  return {};
}

Result<std::shared_ptr<arrow::Table>> Table::read(const std::vector<std::string>& columns) const {
  arrow::RecordBatchVector batches;
  VOXLAKE_TRY(scan(columns, [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
    batches.push_back(batch);
    return {};
  }));
  VOXLAKE_ASSIGN(auto schema, projected(state_->schema, columns, path_));
  VOXLAKE_ARROW_ASSIGN(auto table, "cannot read the table " + path_, arrow::Table::FromRecordBatches(schema, batches));
  return table;
}

}  // namespace voxlake::lake
