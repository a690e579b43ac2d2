// READMEs and prompts come in any encoding, and some in none: whatever the bytes, labels are valid UTF-8 and a gender is one of three.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "corpus/archive_name.h"
#include "corpus/labels.h"
#include "corpus/letters.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voxlake::corpus;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(is_valid_utf8(to_utf8(bytes)));
  const Labels labels = parse_readme(bytes);
  require(labels.gender == "male" || labels.gender == "female" || labels.gender == "unknown");
  for (const auto& label : {labels.gender_raw, labels.age_range, labels.language, labels.dialect}) {
    require(!label || (is_valid_utf8(*label) && !label->empty()));
  }
  for (const auto& [stem, prompt] : parse_prompts(bytes)) {
    require(is_valid_utf8(stem) && is_valid_utf8(prompt) && !stem.empty() && !prompt.empty());
  }
  require(bytes.starts_with(speaker_of(bytes)));
  return 0;
}
