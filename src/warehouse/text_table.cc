#include "warehouse/text_table.h"

#include <algorithm>
#include <numeric>
#include <ostream>

namespace voxlake::warehouse {

namespace {

constexpr size_t gap = 2;            ///< between columns
constexpr size_t narrowest_cut = 8;  ///< a text column is not cut below this
constexpr size_t widest_text = 80;   ///< longer texts (signals, lists) are cut even where the width is free

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte of UTF-8
}

size_t characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(const std::string& text, size_t width) {
  if (characters(text) <= width) return text;
  size_t seen = 0, end = 0;
  for (; end < text.size(); ++end) {
    if (begins_character(text[end]) && ++seen == width) break;
  }
  return text.substr(0, end) + "…";
}

std::string printable(const std::string& text) {
  std::string result = text;
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return result;
}

std::string padded(const std::string& text, size_t width, bool right) {
  size_t length = characters(text);
  std::string space(width > length ? width - length : 0, ' ');
  return right ? space + text : text + space;
}

}  // namespace

/// How wide each shown column is; the others are left out.
struct TextTable::Layout {
  std::vector<size_t> widths;
  size_t left_out = 0;
};

TextTable::TextTable(std::vector<Column> columns, int width) : columns_(std::move(columns)), width_(width) {}

void TextTable::add(const Values& row) {
  std::vector<std::string> shown;
  shown.reserve(row.size());
  for (const auto& value : row) shown.push_back(value ? printable(*value) : "NULL");
  rows_.push_back(std::move(shown));
}

TextTable::Layout TextTable::layout() const {
  Layout result;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = characters(columns_[i].name);
    for (const auto& row : rows_) widest = std::max(widest, characters(row[i]));
    result.widths.push_back(std::min(widest, widest_text));
  }
  if (width_ <= 0) return result;
  auto total = [&] { return std::accumulate(result.widths.begin(), result.widths.end(), size_t{0}) + gap * (result.widths.size() - 1); };
  const auto limit = static_cast<size_t>(width_);
  // First the widest texts give way, then the last columns.
  while (!result.widths.empty() && total() > limit) {
    size_t widest = result.widths.size();
    for (size_t i = 0; i < result.widths.size(); ++i) {
      bool may_shrink = columns_[i].kind != ColumnKind::number && result.widths[i] > narrowest_cut;
      if (may_shrink && (widest == result.widths.size() || result.widths[i] > result.widths[widest])) widest = i;
    }
    if (widest < result.widths.size()) {
      size_t excess = total() - limit;
      result.widths[widest] = std::max(narrowest_cut, result.widths[widest] - std::min(excess, result.widths[widest] - narrowest_cut));
    } else if (result.widths.size() == 1) {
      break;
    } else {
      result.widths.pop_back();
      ++result.left_out;
    }
  }
  return result;
}

void TextTable::print(std::ostream& output) const {
  if (columns_.empty()) return;
  const Layout shown = layout();
  auto line = [&](auto&& text_of) {
    std::string text;
    for (size_t i = 0; i < shown.widths.size(); ++i) {
      if (i > 0) text.append(gap, ' ');
      text += padded(cut(text_of(i), shown.widths[i]), shown.widths[i], columns_[i].kind == ColumnKind::number);
    }
    while (text.ends_with(' ')) text.pop_back();
    output << text << '\n';
  };
  line([&](size_t i) { return columns_[i].name; });
  line([&](size_t i) {
    std::string rule;
    for (size_t c = 0; c < shown.widths[i]; ++c) rule += "─";
    return rule;
  });
  for (const auto& row : rows_) line([&](size_t i) { return row[i]; });
  output << '(' << rows_.size() << (rows_.size() == 1 ? " row" : " rows");
  if (shown.left_out > 0)
    output << "; " << shown.left_out << (shown.left_out == 1 ? " column" : " columns") << " not shown, for lack of width";
  output << ")\n";
}

}  // namespace voxlake::warehouse
