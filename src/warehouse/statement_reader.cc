#include "warehouse/statement_reader.h"

#include <cctype>

#include "warehouse/sql_text.h"

namespace voxlake::warehouse {

namespace {

/// `$$` or `$tag$` at `begin`; empty where there is none (`$1` and `$name` are parameters).
std::string_view dollar_quote(std::string_view text, size_t begin) {
  size_t end = begin + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  const bool is_tag = end == begin + 1 || std::isdigit(static_cast<unsigned char>(text[begin + 1])) == 0;
  if (end < text.size() && text[end] == '$' && is_tag) return text.substr(begin, end + 1 - begin);
  return {};
}

/// Just past what begins at `at` and is no plain SQL; npos where its end has not come yet; `at` where it is plain.
size_t past_quoted(std::string_view text, size_t at) {
  const auto past = [&](std::string_view ending, size_t from) {
    const size_t end = text.find(ending, from);
    return end == std::string_view::npos ? end : end + ending.size();
  };
  if (text[at] == '\'' || text[at] == '"') return past(text.substr(at, 1), at + 1);  // a doubled quote begins the next text
  if (text.substr(at).starts_with("--")) return past("\n", at + 2);
  if (text.substr(at).starts_with("/*")) return past("*/", at + 2);
  if (text[at] == '$') {
    const auto tag = dollar_quote(text, at);
    if (!tag.empty()) return past(tag, at + tag.size());
  }
  return at;
}

/// The place of the `;` that ends the first statement; npos where there is none yet.
size_t end_of_statement(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ';') return at;
    const size_t past = past_quoted(text, at);
    if (past == std::string_view::npos) return past;
    at = past == at ? at + 1 : past;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::string> StatementReader::next() {
  for (;;) {
    const size_t end = end_of_statement(rest_);
    if (end == std::string::npos) return std::nullopt;
    std::string statement(trimmed(std::string_view(rest_).substr(0, end)));
    rest_.erase(0, end + 1);
    if (!statement.empty()) return statement;
  }
}

std::string StatementReader::take_rest() {
  std::string statement(trimmed(rest_));
  rest_.clear();
  return statement;
}

bool StatementReader::in_statement() const {
  return !trimmed(rest_).empty();
}

}  // namespace voxlake::warehouse
