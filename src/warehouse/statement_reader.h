#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace voxlake::warehouse {

/// Cuts text that comes line by line into SQL statements, at each `;` that is not in a quoted text, a quoted name, a comment or a
/// dollar-quoted text.
class StatementReader {
 public:
  void add(std::string_view text) { rest_ += text; }
  /// The next whole statement, without its `;` and the white space around it; nothing until it is whole. Empty statements are passed over.
  std::optional<std::string> next();
  /// What came after the last `;`, without white space around it, and forgets it.
  std::string take_rest();
  /// Whether a statement was begun.
  bool in_statement() const;
  void clear() { rest_.clear(); }

 private:
  std::string rest_;
};

}  // namespace voxlake::warehouse
