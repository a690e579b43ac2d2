#include "warehouse/statement_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace voxlake::warehouse {
namespace {

std::vector<std::string> statements(std::string_view text) {
  StatementReader reader;
  std::vector<std::string> found;
  for (char c : text) {  // however the text comes in
    reader.add(std::string_view(&c, 1));
    while (auto statement = reader.next()) found.push_back(*statement);
  }
  return found;
}

TEST(StatementReader, CutsAtSemicolons) {
  EXPECT_EQ(statements("SELECT 1; SELECT\n 2 ;;\n;SELECT 3"), (std::vector<std::string>{"SELECT 1", "SELECT\n 2"}));
}

TEST(StatementReader, SemicolonsInTextsNamesAndCommentsAreNone) {
  EXPECT_EQ(statements("SELECT 'a;b''c;' ;"), (std::vector<std::string>{"SELECT 'a;b''c;'"}));
  EXPECT_EQ(statements("SELECT \"x;\"\"y\";"), (std::vector<std::string>{"SELECT \"x;\"\"y\""}));
  EXPECT_EQ(statements("SELECT 1 -- one; two\n+ 2; "), (std::vector<std::string>{"SELECT 1 -- one; two\n+ 2"}));
  EXPECT_EQ(statements("/* a;b */ SELECT 1;"), (std::vector<std::string>{"/* a;b */ SELECT 1"}));
  EXPECT_EQ(statements("SELECT $$a;b$$, $t$c;$$;$t$;"), (std::vector<std::string>{"SELECT $$a;b$$, $t$c;$$;$t$"}));
  EXPECT_EQ(statements("SELECT $1, $name; SELECT 2;"), (std::vector<std::string>{"SELECT $1, $name", "SELECT 2"}));
}

TEST(StatementReader, KnowsWhatIsUnfinished) {
  StatementReader reader;
  EXPECT_FALSE(reader.in_statement());
  reader.add("SELECT 'a;\n");
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.in_statement());
  reader.add("b' ");
  EXPECT_EQ(reader.take_rest(), "SELECT 'a;\nb'");
  EXPECT_FALSE(reader.in_statement());
}

}  // namespace
}  // namespace voxlake::warehouse
