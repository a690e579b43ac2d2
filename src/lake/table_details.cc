#include "lake/table_details.h"

#include <arrow/type.h>

#include <algorithm>

#include "lake/delta_log.h"
#include "lake/delta_schema.h"
#include "lake/table_state.h"

namespace voxlake::lake {

Result<TableDetails> table_details(const std::shared_ptr<Storage>& storage, const std::string& path, const AsOf& as_of) {
  VOXLAKE_ASSIGN(const Table table, open_as_of(storage, path, as_of));
  const Table::State& state = table.state();
  TableDetails details;
  details.path = path;
  details.version = state.version;
  VOXLAKE_ASSIGN(const auto listing, delta::list_log(*storage, path));
  details.oldest_version = listing.oldest_version();
  for (const auto& commit : listing.commits) {
    if (commit.version == state.version) details.time_ms = commit.time_ms;
  }
  details.rows = state.rows;
  std::vector<int64_t> sizes;
  for (const auto& add : state.adds) sizes.push_back(add->bytes);
  std::sort(sizes.begin(), sizes.end());
  details.files = static_cast<int64_t>(sizes.size());
  for (int64_t size : sizes) details.bytes += size;
  if (!sizes.empty()) {
    details.smallest_file = sizes.front();
    details.median_file = sizes[sizes.size() / 2];
    details.largest_file = sizes.back();
  }
  for (const auto& [name, tombstone] : state.tombstones) {
    ++details.replaced_files;
    details.replaced_bytes += tombstone.bytes.value_or(0);
  }
  details.reader = state.protocol.reader;
  details.writer = state.protocol.writer;
  for (const auto& field : state.schema->fields()) {
    details.columns.push_back({field->name(), delta::type_name(*field->type()), field->nullable()});
  }
  details.properties = state.metadata.configuration;
  return details;
}

}  // namespace voxlake::lake
