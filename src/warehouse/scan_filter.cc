#include "warehouse/scan_filter.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "warehouse/sql_text.h"

namespace voxlake::warehouse {

namespace {

using Value = lake::ParquetExtent::Value;

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

std::optional<Value> literal(std::string_view text) {
  if (text.size() >= 2 && text.front() == '\'' && past_quotes(text, 0) == text.size()) return Value(unquoted(text));
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end) return Value(whole);
  double number = 0;
  if (auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end) return Value(number);
  return std::nullopt;
}

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

constexpr int unknown = 2;

/// -1, 0 or 1; `unknown` where the two are of different kinds, or not to be compared exactly.
int compare(const Value& a, const Value& b) {
  if (a.index() == b.index()) {
    if (const auto* whole = std::get_if<int64_t>(&a)) return order(*whole, std::get<int64_t>(b));
    if (const auto* number = std::get_if<double>(&a)) return order(*number, std::get<double>(b));
    return order(std::get<std::string>(a), std::get<std::string>(b));
  }
  constexpr int64_t exact = int64_t{1} << 53;  // up to here doubles are whole numbers
  const auto number = [](const Value& value) -> std::optional<double> {
    if (const auto* plain = std::get_if<double>(&value)) return *plain;
    const auto* whole = std::get_if<int64_t>(&value);
    if (whole == nullptr || *whole > exact || *whole < -exact) return std::nullopt;
    return static_cast<double>(*whole);
  };
  const auto left = number(a), right = number(b);
  if (!left || !right) return unknown;
  return order(*left, *right);
}

/// Cuts `text` at each `between` outside brackets and quotes.
std::vector<std::string_view> parts(std::string_view text, std::string_view between) {
  std::vector<std::string_view> found;
  int depth = 0;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\'' || text[at] == '"') {
      at = past_quotes(text, at);
      continue;
    }
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0 && text.substr(at).starts_with(between)) {
      found.push_back(trimmed(text.substr(begin, at - begin)));
      at += between.size();
      begin = at;
      continue;
    }
    ++at;
  }
  found.push_back(trimmed(text.substr(begin)));
  return found;
}

}  // namespace

ScanFilter::ScanFilter(const std::vector<std::string>& texts, const std::set<std::string>& columns) {
  for (const std::string& text : texts) read(text, columns);
}

void ScanFilter::read(std::string_view text, const std::set<std::string>& columns) {
  constexpr std::string_view optional = "optional: ";  // checked again above the scan, and true all the same
  if (text.starts_with(optional)) text.remove_prefix(optional.size());
  const auto alternatives = parts(text, " OR "), conjuncts = parts(text, " AND ");
  std::vector<Clause> clauses;
  if (alternatives.size() == 1) {
    for (const std::string_view conjunct : conjuncts) clauses.push_back(read_clause(conjunct, columns));
  } else {
    Clause any;
    bool understood = conjuncts.size() == 1;  // DuckDB sets no brackets: which of the two binds is not told
    for (const std::string_view alternative : alternatives) {
      const Clause one = read_clause(alternative, columns);
      understood = understood && !one.empty();
      any.insert(any.end(), one.begin(), one.end());
    }
    if (understood) clauses.push_back(std::move(any));
  }
  for (Clause& clause : clauses) {
    if (!clause.empty()) clauses_.push_back(std::move(clause));
  }
}

ScanFilter::Clause ScanFilter::read_clause(std::string_view text, const std::set<std::string>& columns) {
  std::string first;  // the column that the text begins with
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
  if (first.empty()) return {};
  std::string_view rest = trimmed(text.substr(after));
  if (rest.starts_with("IN (") && rest.ends_with(')')) {
    Clause any;
    for (const std::string_view each : parts(rest.substr(4, rest.size() - 5), ",")) {
      auto value = literal(each);
      if (!value) return {};
      any.push_back({first, "=", std::move(*value)});
    }
    return any;
  }
  for (const std::string_view comparison : {">=", "<=", "=", ">", "<"}) {
    if (!rest.starts_with(comparison)) continue;
    auto value = literal(trimmed(rest.substr(comparison.size())));
    if (!value) return {};
    return {{first, std::string(comparison), std::move(*value)}};
  }
  return {};
}

bool ScanFilter::may_pass(const Term& term, const lake::ParquetExtent::RowGroup& group) {
  const auto column = group.columns.find(term.column);
  if (column == group.columns.end()) return true;
  const auto& [bytes, smallest, largest] = column->second;
  const int low = smallest ? compare(*smallest, term.value) : unknown;
  const int high = largest ? compare(*largest, term.value) : unknown;
  if (term.comparison == "=") return low != 1 && high != -1;
  if (term.comparison == "<") return low != 0 && low != 1;
  if (term.comparison == "<=") return low != 1;
  if (term.comparison == ">") return high != 0 && high != -1;
  return high != -1;
}

bool ScanFilter::may_pass(const lake::ParquetExtent::RowGroup& group) const {
  return std::all_of(clauses_.begin(), clauses_.end(), [&](const Clause& clause) {
    return std::any_of(clause.begin(), clause.end(), [&](const Term& term) { return may_pass(term, group); });
  });
}

}  // namespace voxlake::warehouse
