// What a server says of an answer: status line, headers, ranges, dates, addresses to go to.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/address.h"
#include "net/mask.h"
#include "net/response_head.h"
#include "net/retry.h"
#include "net/url.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ResponseHead head;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    head.take_line(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  const std::string validator = head.range_validator();
  require(validator.find_first_of("\r\n") == std::string::npos && !validator.starts_with("W/"));
  for (const std::string_view value : {text, std::string_view(head.content_range)}) {
    if (const auto range = parse_content_range(value)) {
      require(range->first >= 0 && range->last >= range->first && (!range->total || *range->total > range->last));
    }
  }
  if (const auto pause = parse_retry_after(text, std::chrono::system_clock::time_point{})) require(pause->count() >= 0);
  static_cast<void>(parse_http_date(text));
  static_cast<void>(is_private_address(text));
  const std::string masked = mask_url(text);
  require(mask_url(masked) == masked);
  if (const auto parts = parse_url(std::string(text))) {
    require(parts->scheme == "http" || parts->scheme == "https" || parts->scheme == "file");
    require(parts->url.find_first_of("\r\n") == std::string::npos);
    static_cast<void>(is_private_host(parts->host));
  }
  return 0;
}
