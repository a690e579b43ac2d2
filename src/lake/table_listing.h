#pragma once

#include <string>
#include <vector>

#include "error/result.h"
#include "lake/storage.h"

namespace voxlake::lake {

/// The folders of all tables in the lake, sorted: silver/utterances, gold/features/spectral, …
Result<std::vector<std::string>> list_tables(Storage& storage);

/// The table that a user means by `name`: its folder, or as much of its end as tells it from others (`utterances`, `dataset/spectral`);
/// `features` and `dataset` are those of `default_set`. not_found, naming the tables that there are, where none or several fit.
Result<std::string> find_table(Storage& storage, const std::string& name, const std::string& default_set);

}  // namespace voxlake::lake
