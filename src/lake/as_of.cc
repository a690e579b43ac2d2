#include "lake/as_of.h"

namespace voxlake::lake {

Result<Table> open_as_of(std::shared_ptr<Storage> storage, std::string path, const AsOf& as_of) {
  if (auto found = as_of.version_of.find(path); found != as_of.version_of.end()) {
    return Table::open(std::move(storage), std::move(path), found->second);
  }
  if (as_of.time_ms) return Table::open_at(std::move(storage), std::move(path), *as_of.time_ms);
  return Table::open(std::move(storage), std::move(path), as_of.version);
}

}  // namespace voxlake::lake
