#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "error/result.h"
#include "lake/as_of.h"
#include "lake/storage.h"
#include "lake/table.h"

namespace voxlake::warehouse {

/// A view of the warehouse.
struct View {
  std::string name;      ///< archives, features_librosa_full, …
  std::string comment;   ///< a sentence on what its rows are
  std::string sql;       ///< the query behind it
  std::string table;     ///< the table that it shows, in the lake; empty where it is made of other views
  int64_t version = -1;  ///< of that table
};

/// The views over the newest versions of the lake's tables, or those that `as_of` means, in an order in which they can be made:
/// - `archives`, `rejects`, `speakers`, and `utterances` with the split of their speakers;
/// - `features_SET` with the split, `dataset_SET` (what is not a letter or digit in SET becomes `_`), and `features`, `dataset` for
/// `default_set`;
/// - `clips_by_split`: speakers, clips and seconds by split and gender.
/// Tables that are not there, or have no such version, have no views. The views list the data files by name, so that they show one version
/// until they are made again.
Result<std::vector<View>> views_of(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set,
                                   const lake::AsOf& as_of = {});

/// The same views over whatever `source` names in the place of a table's files.
using TableSource = std::function<std::string(const lake::Table&)>;
Result<std::vector<View>> views_over(const std::shared_ptr<lake::Storage>& storage, const std::string& default_set, const lake::AsOf& as_of,
                                     const TableSource& source);

/// A query that gives no rows, but all columns of a schema with their types.
std::string empty_query(const arrow::Schema& schema);

/// The query that reads the files of one version of a table, whatever their number: DuckDB itself where they are on this machine's disks,
/// else through voxlake_scan (lake_scan.h).
std::string table_query(const lake::Table& table);

/// The statement that makes a view.
std::string create_statement(const View& view);

}  // namespace voxlake::warehouse
