#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace voxlake::lake {

/// A Parquet footer (FileMetaData in Thrift's compact protocol) reduced to some top-level columns.
///
/// The footer of a table of 4,290 features describes each column of each row group; turning all of it into objects takes some ten
/// milliseconds a file, which is most of what reading three key columns costs. This walks over the bytes once, copies what belongs to the
/// wanted columns, and drops the rest, with the key-value metadata (another writer's Arrow schema would name columns that are no longer
/// there).
///
/// Nothing where the footer is encrypted, malformed, or has none of the columns: then the whole of it must be read as usual.
/// Format: https://github.com/apache/parquet-format (parquet.thrift) and Thrift's compact protocol specification.
std::optional<std::string> reduced_footer(std::string_view footer, const std::set<std::string, std::less<>>& columns);

}  // namespace voxlake::lake
