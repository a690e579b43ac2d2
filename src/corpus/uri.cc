#include "corpus/uri.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace voxlake::corpus {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`
size_t scheme_length(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return 0;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ':') return i;
    if (!is_letter_or_digit(text[i]) && text[i] != '+' && text[i] != '-' && text[i] != '.') return 0;
  }
  return 0;
}

/// A dot may be written as %2E: it is the same (section 6.2.2.2), and browsers take it so.
bool is_dots(std::string_view segment, size_t dots) {
  return segment.size() >= dots && segment.size() <= 3 * dots && percent_decoded(segment) == std::string(dots, '.');
}

/// Section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::string result(absolute ? 1 : 0, '/');
  std::string_view rest = path.substr(result.size());
  for (;;) {
    const size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (is_dots(segment, 2)) {
      if (!result.empty() && result != "/") {
        result.pop_back();
        const size_t before = result.rfind('/');
        result.resize(before == std::string::npos ? 0 : before + 1);
      }
    } else if (!is_dots(segment, 1)) {
      result += segment;
      if (!last) result += '/';
    }
    if (last) return result;
    rest.remove_prefix(slash + 1);
  }
}

/// Section 5.2.3.
std::string merged(const Uri& base, std::string_view path) {
  std::string result;
  if (base.authority && base.path.empty()) {
    result.push_back('/');
  } else if (const size_t slash = base.path.rfind('/'); slash != std::string::npos) {
    result = base.path.substr(0, slash + 1);
  }
  result.append(path);
  return result;
}

std::string encoded(std::string_view text, std::string_view also_allowed) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_letter_or_digit(c) || also_allowed.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 0xF];
    }
  }
  return result;
}

}  // namespace

std::string Uri::to_string() const {
  std::string text;
  if (scheme) text += *scheme + ":";
  if (authority) text += "//" + *authority;
  text += path;
  if (query) text += "?" + *query;
  if (fragment) text += "#" + *fragment;
  return text;
}

Uri parse_uri(std::string_view text) {
  Uri uri;
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    uri.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    uri.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const size_t length = scheme_length(text); length > 0) {
    uri.scheme = lower(text.substr(0, length));
    text.remove_prefix(length + 1);
  }
  if (text.starts_with("//")) {
    const size_t end = std::min(text.find('/', 2), text.size());
    uri.authority = text.substr(2, end - 2);
    text.remove_prefix(end);
  }
  uri.path = text;
  return uri;
}

Uri resolve(const Uri& base, const Uri& reference) {
  Uri target;
  target.fragment = reference.fragment;
  if (reference.scheme) {
    target.scheme = reference.scheme;
    target.authority = reference.authority;
    target.path = without_dot_segments(reference.path);
    target.query = reference.query;
    return target;
  }
  target.scheme = base.scheme;
  if (reference.authority) {
    target.authority = reference.authority;
    target.path = without_dot_segments(reference.path);
    target.query = reference.query;
    return target;
  }
  target.authority = base.authority;
  if (reference.path.empty()) {
    target.path = base.path;
    target.query = reference.query ? reference.query : base.query;
    return target;
  }
  target.path = without_dot_segments(reference.path.starts_with('/') ? reference.path : merged(base, reference.path));
  target.query = reference.query;
  return target;
}

std::string host_and_port(std::string_view authority) {
  const size_t at = authority.rfind('@');
  return lower(at == std::string_view::npos ? authority : authority.substr(at + 1));
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hexadecimal(text[i + 1]) >= 0 && hexadecimal(text[i + 2]) >= 0;
    if (!escape) {
      result += text[i];
      continue;
    }
    result += static_cast<char>(static_cast<unsigned char>(hexadecimal(text[i + 1]) * 16 + hexadecimal(text[i + 2])));
    i += 2;
  }
  return result;
}

std::string percent_encoded(std::string_view text) {
  return encoded(text, "-._~:/?#[]@!$&'()*+,;=%");
}

std::string percent_encoded_path(std::string_view path) {
  return encoded(path, "-._~/");
}

std::string without_secrets(std::string_view text) {
  Uri uri = parse_uri(text);
  if (uri.authority) uri.authority = host_and_port(*uri.authority);
  uri.query.reset();
  uri.fragment.reset();
  return uri.to_string();
}

}  // namespace voxlake::corpus
