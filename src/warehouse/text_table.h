#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "warehouse/duckdb.h"

namespace voxlake::warehouse {

/// A table for people: columns aligned, numbers to the right, NULL as `NULL`, control characters as spaces.
/// Not wider than `width` characters (0: any width): long texts are cut, marked by `…`, and columns that find no room are left out and
/// counted.
class TextTable {
 public:
  TextTable(std::vector<Column> columns, int width);
  void add(const Values& row);
  void print(std::ostream& output) const;

 private:
  struct Layout;
  Layout layout() const;
  std::vector<Column> columns_;
  int width_;
  std::vector<std::vector<std::string>> rows_;  ///< as shown, before cutting
};

}  // namespace voxlake::warehouse
