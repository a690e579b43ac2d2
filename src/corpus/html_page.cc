#include "corpus/html_page.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <algorithm>
#include <memory>
#include <new>

#include "corpus/labels.h"
#include "corpus/letters.h"

namespace voxlake::corpus {
namespace {

constexpr size_t most_text_bytes = 400;

struct Reader {
  HtmlPage page;
  int title_depth = 0;
};

std::string_view text_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

std::string_view attribute(const xmlChar** attributes, std::string_view name) {
  for (size_t i = 0; attributes != nullptr && attributes[i] != nullptr; i += 2) {
    if (text_of(attributes[i]) == name) return text_of(attributes[i + 1]);
  }
  return {};
}

/// As browsers do before they read an address: white space at the ends goes, and so do line breaks and tabs anywhere.
std::string address_in(std::string_view attribute_value) {
  std::string address(trimmed(attribute_value));
  std::erase_if(address, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
  return address;
}

void start_element(void* user_data, const xmlChar* name, const xmlChar** attributes) {
  auto& reader = *static_cast<Reader*>(user_data);
  const std::string_view tag = text_of(name);
  if (tag == "title") ++reader.title_depth;
  const std::string_view href = attribute(attributes, "href");
  if (tag == "a" && !href.empty()) reader.page.links.push_back(address_in(href));
  if (tag == "base" && !href.empty() && !reader.page.base_href) reader.page.base_href = address_in(href);
  if (tag == "input" && attribute(attributes, "type") == "password") reader.page.asks_for_password = true;
}

void end_element(void* user_data, const xmlChar* name) {
  auto& reader = *static_cast<Reader*>(user_data);
  if (text_of(name) == "title" && reader.title_depth > 0) --reader.title_depth;
}

/// Adds text with each run of white space and control characters as one space.
void add_text(std::string& text, std::string_view more) {
  for (const char c : more) {
    if (text.size() >= most_text_bytes) return;
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
}

void characters(void* user_data, const xmlChar* text, int length) {
  auto& reader = *static_cast<Reader*>(user_data);
  if (text == nullptr || length <= 0) return;
  const std::string_view more(reinterpret_cast<const char*>(text), static_cast<size_t>(length));
  add_text(reader.title_depth > 0 ? reader.page.title : reader.page.first_words, more);
}

/// Scripts and styles are not text; without this, libxml2 hands them to `characters`.
void skip_script(void*, const xmlChar*, int) {}

/// libxml2 takes a page that does not name its encoding for Latin-1. Where the bytes are UTF-8, they are so for a reason.
xmlCharEncoding encoding_of(std::string_view html) {
  return is_valid_utf8(html) ? XML_CHAR_ENCODING_UTF8 : XML_CHAR_ENCODING_NONE;
}

}  // namespace

HtmlPage parse_html(std::string_view html) {
  constexpr size_t most_bytes = 1U << 30;
  html = html.substr(0, most_bytes);
  Reader reader;
  if (html.empty()) return reader.page;
  const bool has_wide_mark = html.starts_with("\xFF\xFE") || html.starts_with("\xFE\xFF");
  const std::string converted = has_wide_mark ? to_utf8(html) : std::string();
  if (has_wide_mark) html = converted;
  xmlInitParser();
  htmlSAXHandler handler{};
  handler.startElement = start_element;
  handler.endElement = end_element;
  handler.characters = characters;
  handler.cdataBlock = skip_script;
  handler.ignorableWhitespace = characters;
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> context(
      htmlCreatePushParserCtxt(&handler, &reader, nullptr, 0, nullptr, encoding_of(html)), &htmlFreeParserCtxt);
  if (!context) throw std::bad_alloc();
  htmlCtxtUseOptions(context.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
  constexpr size_t piece_bytes = 64 << 10;
  for (size_t at = 0; at < html.size(); at += piece_bytes) {
    const std::string_view piece = html.substr(at, piece_bytes);
    htmlParseChunk(context.get(), piece.data(), static_cast<int>(piece.size()), 0);
  }
  htmlParseChunk(context.get(), nullptr, 0, 1);
  if (context->errNo == XML_ERR_NO_MEMORY) throw std::bad_alloc();  // or links would be missing
  return std::move(reader.page);
}

}  // namespace voxlake::corpus
