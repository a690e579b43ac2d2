#include "report/render.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "report/page_pieces.h"

namespace voxlake::report {
namespace {

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char letter : text) {
    switch (letter) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += letter;
    }
  }
  return escaped;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  result.reserve(text.size());
  size_t begin = 0;
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, begin)) {
    result.append(text.substr(begin, at - begin)).append(to);
    begin = at + from.size();
  }
  return result.append(text.substr(begin));
}

// In a script element only `</script` and `<!--` mean something to HTML (HTML Standard, 4.12.1.3). In a script they can stand in strings,
// templates and regular expressions alone, where a backslash changes nothing.
std::string inline_script(std::string_view script) {
  return replaced(replaced(script, "</script", "<\\/script"), "<!--", "<\\!--");
}

// Inside a JSON string `<` may be written as an escape, and outside of one there is none.
std::string inline_json(const nlohmann::json& data) {
  return replaced(data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "<", "\\u003c");
}

std::string grouped(int64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) text += ',';
    text += digits[at];
  }
  return text;
}

std::string counted(int64_t count, const char* one, const char* many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

std::string duration(double seconds) {
  char text[64];
  const int64_t whole = std::llround(seconds);
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%d min %02d s", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld h %02d min", static_cast<long long>(whole / 3600), static_cast<int>(whole % 3600 / 60));
  }
  return text;
}

// Puts each piece where the page's frame names it; all in one pass, so that no piece's text is taken for a place.
Result<std::string> fill(std::string_view frame, const std::vector<std::pair<std::string_view, std::string>>& pieces) {
  std::string page;
  size_t from = 0;
  while (true) {
    const size_t open = frame.find("{{", from);
    if (open == std::string_view::npos) break;
    const size_t close = frame.find("}}", open);
    if (close == std::string_view::npos) return failure(ErrorKind::internal, "the report's frame has a place without an end");
    const std::string_view name = frame.substr(open + 2, close - open - 2);
    page += frame.substr(from, open - from);
    bool found = false;
    for (const auto& [key, text] : pieces) {
      if (key != name) continue;
      page += text;
      found = true;
    }
    if (!found) return failure(ErrorKind::internal, "the report's frame names an unknown piece: " + std::string(name));
    from = close + 2;
  }
  page += frame.substr(from);
  return page;
}

// True where this very run made all the clips and windows that the lake holds: only then do they stand for its time.
bool made_all(const ReportData& data) {
  const auto made = [&](std::string_view name) {
    const auto stage = std::ranges::find(data.stages, name, &StageFacts::name);
    return stage == data.stages.end() ? std::optional<bool>() : stage->ran && stage->made == stage->out;
  };
  return made("decode").value_or(false) && made("features").value_or(true);
}

}  // namespace

std::string outcome(const ReportData& data) {
  const Totals& totals = data.totals;
  std::string text = counted(totals.archives, "archive", "archives") + " → " + counted(totals.clips, "clip", "clips") + " → " +
                     counted(totals.windows, "window", "windows") + " from " + counted(totals.speakers, "speaker", "speakers");
  if (made_all(data)) {
    text += " in " + duration(data.run.seconds);
  } else if (std::ranges::any_of(data.stages, &StageFacts::ran)) {
    text += ", brought up to date in " + duration(data.run.seconds);
  }
  text += totals.refused == 0 ? "; nothing refused" : "; " + counted(totals.refused, "input", "inputs") + " refused";
  return text;
}

std::string tables_of(std::string_view beginning) {
  constexpr std::string_view open = R"(<meta name="voxlake-tables" content=")";
  const size_t begin = beginning.find(open);
  if (begin == std::string_view::npos) return {};
  const size_t end = beginning.find('"', begin + open.size());
  if (end == std::string_view::npos) return {};
  return std::string(beginning.substr(begin + open.size(), end - begin - open.size()));
}

Result<std::string> render(const ReportData& data) {
  return fill(pieces::page_html(), {{"outcome", escape_html(outcome(data))},
                                    {"corpus", escape_html(data.run.corpus)},
                                    {"tables", escape_html(data.run.tables)},
                                    {"style", std::string(pieces::page_css())},
                                    {"d3_licence", escape_html(pieces::d3_licence())},
                                    {"plot_licence", escape_html(pieces::plot_licence())},
                                    {"d3", inline_script(pieces::d3_js())},
                                    {"plot", inline_script(pieces::plot_js())},
                                    {"script", inline_script(pieces::page_js())},
                                    {"data", inline_json(to_json(data))}});
}

}  // namespace voxlake::report
