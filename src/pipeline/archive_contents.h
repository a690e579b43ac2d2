#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/archive_reader.h"
#include "corpus/labels.h"

namespace voxlake::pipeline {

/// What a member of a speech archive is for.
enum class MemberRole {
  audio,
  readme,            ///< etc/README: who speaks
  prompts,           ///< etc/PROMPTS: what was said, in capitals
  prompts_original,  ///< etc/prompts-original: what was said, as one writes it
  debris,            ///< macOS's ._a1.wav, .DS_Store, __MACOSX/
  other,             ///< licences, logs, anything else
};

/// Told by the last part of the path, in any case and any folder: archives are not always laid out as they should be.
MemberRole role_of(std::string_view path);

/// a1 of x/wav/a1.wav.
std::string_view stem_of(std::string_view path);

/// Collects what an archive says about its clips, whatever order its members come in. Of several READMEs (or PROMPTS) the one in an `etc`
/// folder counts, then the one nearest to the top, then the first by path.
class LabelCollector {
 public:
  void add(MemberRole role, const std::string& path, std::span<const std::byte> content);

  const corpus::Labels& labels() const { return labels_; }
  /// From PROMPTS, or from prompts-original where PROMPTS does not have the stem.
  std::optional<std::string> prompt_of(std::string_view stem) const;

 private:
  struct Rank {
    bool is_outside_etc;
    int64_t depth;
    std::string path;
    auto operator<=>(const Rank&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 takes its 0 for a pointer
  };

  corpus::Labels labels_;
  std::map<std::string, std::string> prompts_;
  std::map<std::string, std::string> prompts_original_;
  std::map<MemberRole, Rank> best_;
};

/// The utterance_id of each audio member of an archive, given their paths in the archive's order.
std::vector<std::string> utterance_ids(const std::string& archive, const std::vector<std::string>& paths);

}  // namespace voxlake::pipeline
