#include "warehouse/scan_filter.h"

#include <cctype>
#include <charconv>
#include <optional>

namespace voxlake::warehouse {

namespace {

using Value = lake::ParquetExtent::Value;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Just past the quoted text or name that begins at `at`, doubled quotes inside it included.
size_t past_quotes(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 < text.size() && text[at + 1] == quote) {
      ++at;
    } else {
      return at + 1;
    }
  }
  return text.size();
}

std::string unquoted(std::string_view text) {
  std::string plain;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    plain += text[i];
    if (text[i] == text.front()) ++i;
  }
  return plain;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<Value> literal(std::string_view text) {
  if (text.size() >= 2 && text.front() == '\'' && past_quotes(text, 0) == text.size()) return Value(unquoted(text));
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end) return Value(whole);
  double number = 0;
  if (auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end) return Value(number);
  return std::nullopt;
}

/// -1, 0 or 1; nothing where the two are of different kinds.
std::optional<int> compare(const Value& a, const Value& b) {
  if (std::holds_alternative<std::string>(a) != std::holds_alternative<std::string>(b)) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&a)) {
    const int order = text->compare(std::get<std::string>(b));
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  const auto number = [](const Value& value) {
    const auto* whole = std::get_if<int64_t>(&value);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  };
  return number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0;
}

}  // namespace

ScanFilter::ScanFilter(const std::vector<std::string>& texts, const std::set<std::string>& columns) {
  for (const std::string& text : texts) read(text, columns);
}

/// Cuts a conjunction into its terms: at each AND outside brackets and quotes.
void ScanFilter::read(std::string_view text, const std::set<std::string>& columns) {
  int depth = 0;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\'' || text[at] == '"') {
      at = past_quotes(text, at);
      continue;
    }
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0 && text.substr(at).starts_with(" AND ")) {
      read_term(text.substr(begin, at - begin), columns);
      at += 5;
      begin = at;
      continue;
    }
    ++at;
  }
  read_term(text.substr(begin), columns);
}

void ScanFilter::read_term(std::string_view text, const std::set<std::string>& columns) {
  text = trimmed(text);
  std::string first;  // the column that the term begins with
  size_t after = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    std::string word;
    if (text[at] == '\'') {
      at = past_quotes(text, at);
    } else if (text[at] == '"') {
      at = past_quotes(text, at);
      word = unquoted(text.substr(begin, at - begin));
    } else if (is_word(text[at])) {
      while (at < text.size() && is_word(text[at])) ++at;
      word = std::string(text.substr(begin, at - begin));
    } else {
      ++at;
    }
    if (!columns.contains(word)) continue;
    columns_.insert(word);
    if (begin == 0) {
      first = word;
      after = at;
    }
  }
  if (first.empty()) return;
  const std::string_view rest = trimmed(text.substr(after));
  for (const char* comparison : {">=", "<=", "=", ">", "<"}) {
    if (!rest.starts_with(comparison)) continue;
    if (auto value = literal(trimmed(rest.substr(std::string_view(comparison).size())))) terms_.push_back({first, comparison, *value});
    return;
  }
}

bool ScanFilter::may_pass(const Term& term, const lake::ParquetExtent::Column& column) {
  if (!column.smallest || !column.largest) return true;
  const auto low = compare(*column.smallest, term.value), high = compare(*column.largest, term.value);
  if (!low || !high) return true;
  if (term.comparison == "=") return *low <= 0 && *high >= 0;
  if (term.comparison == "<") return *low < 0;
  if (term.comparison == "<=") return *low <= 0;
  if (term.comparison == ">") return *high > 0;
  return *high >= 0;
}

bool ScanFilter::may_pass(const lake::ParquetExtent::RowGroup& group) const {
  for (const Term& term : terms_) {
    auto column = group.columns.find(term.column);
    if (column != group.columns.end() && !may_pass(term, column->second)) return false;
  }
  return true;
}

}  // namespace voxlake::warehouse
