#include "warehouse/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace voxlake::warehouse {
namespace {

std::string printed(const TextTable& table) {
  std::ostringstream output;
  table.print(output);
  return output.str();
}

const std::vector<Column> columns = {{"name", ColumnKind::text}, {"n", ColumnKind::number}, {"remark", ColumnKind::text}};

TEST(TextTable, AlignsNumbersRightAndShowsNull) {
  TextTable table(columns, 0);
  table.add({"é", "1", "ok"});
  table.add({"long name", "-22.5", std::nullopt});
  EXPECT_EQ(printed(table),
            "name           n  remark\n"
            "─────────  ─────  ──────\n"
            "é              1  ok\n"
            "long name  -22.5  NULL\n"
            "(2 rows)\n");
}

TEST(TextTable, CutsTheLongestTextsToTheWidth) {
  TextTable table(columns, 30);
  table.add({"short", "1", std::string(100, 'x')});
  EXPECT_EQ(printed(table),
            "name   n  remark\n"
            "─────  ─  ────────────────────\n"
            "short  1  xxxxxxxxxxxxxxxxxxx…\n"
            "(1 row)\n");
}

TEST(TextTable, LeavesOutColumnsThatFindNoRoom) {
  TextTable table({{"a", ColumnKind::number}, {"b", ColumnKind::number}, {"c", ColumnKind::number}}, 12);
  table.add({"12345", "67890", "12345"});
  EXPECT_EQ(printed(table),
            "    a      b\n"
            "─────  ─────\n"
            "12345  67890\n"
            "(1 row; 1 column not shown, for lack of width)\n");
}

TEST(TextTable, KeepsControlCharactersOffTheTerminal) {
  TextTable table({{"t", ColumnKind::text}}, 0);
  table.add({"a\nb\x1b[31m"});
  EXPECT_EQ(printed(table), "t\n────────\na b [31m\n(1 row)\n");
}

TEST(TextTable, PrintsTheHeaderOfAnEmptyAnswer) {
  EXPECT_EQ(printed(TextTable({{"t", ColumnKind::text}}, 0)), "t\n─\n(0 rows)\n");
}

}  // namespace
}  // namespace voxlake::warehouse
