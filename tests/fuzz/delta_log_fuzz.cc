// A table's log may have been written by anyone: whatever is read survives being written and read again, and nothing leaves the table's
// folder by a trick of encoding.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lake/delta_actions.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake::lake::delta;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(record_count(text));
  if (const auto path = decode_path(text)) {
    const auto again = decode_path(encode_path(*path));
    require(again && *again == *path);
  }
  const auto actions = parse_json_lines(text, "fuzz");
  if (!actions) return 0;
  const auto again = parse_json_lines(to_json_lines(*actions), "fuzz again");
  require(again.has_value());
  require(again->adds.size() == actions->adds.size() && again->removes.size() == actions->removes.size());
  for (size_t i = 0; i < actions->adds.size(); ++i) require(again->adds[i].path == actions->adds[i].path);
  require(again->protocol == actions->protocol && again->metadata == actions->metadata);
  if (actions->protocol && actions->metadata) static_cast<void>(check_writable(*actions->protocol, *actions->metadata, "fuzz"));
  return 0;
}
