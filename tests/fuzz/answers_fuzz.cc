// What services answer (storage: lists and refusals; token endpoints: tokens and refusals), and the transform that lies in a lake: whatever
// is accepted is within its bounds, and a refusal never repeats the body, which may hold a secret.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "azure/blob_error.h"
#include "azure/blob_list.h"
#include "azure/identity.h"
#include "azure/token_answer.h"
#include "dataset/transform.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake;
  const std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(azure::parse_blob_list(text, "cannot list"));

  net::HttpAnswer answer{.status = 403, .headers = {}, .body = text};
  static_cast<void>(azure::blob_error_code(answer));
  require(!azure::blob_error(answer, "cannot read").message.empty());
  answer.status = 400;
  require(!azure::refusal_of_answer(answer, "no token").message.empty());
  answer.status = 200;
  const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
  static_cast<void>(azure::token_of_answer(answer, now, "no token"));
  require(answer.body.empty());
  static_cast<void>(azure::identity_of(azure::Secret(std::string(text))));

  if (const auto transform = dataset::Transform::parse(text)) {
    const std::string written = transform->to_json();
    const auto again = dataset::Transform::parse(written);
    require(again && again->to_json() == written);
  }
  return 0;
}
