#include "report/base64.h"

#include <string_view>

namespace voxlake::report {

std::string base64(std::span<const uint8_t> bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t have = bytes.size() - at;
    const uint32_t group =
        uint32_t{bytes[at]} << 16 | (have > 1 ? uint32_t{bytes[at + 1]} << 8 : 0) | (have > 2 ? uint32_t{bytes[at + 2]} : 0);
    text += letters[group >> 18 & 63];
    text += letters[group >> 12 & 63];
    text += have > 1 ? letters[group >> 6 & 63] : '=';
    text += have > 2 ? letters[group & 63] : '=';
  }
  return text;
}

}  // namespace voxlake::report
