#include "pipeline/archive_contents.h"

#include <algorithm>
#include <array>
#include <set>

#include "audio/decode.h"

namespace voxlake::pipeline {
namespace {

std::string_view file_name_of(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool is_debris(std::string_view path) {
  const std::string_view name = file_name_of(path);
  const bool is_in_macosx = path.starts_with("__MACOSX/") || path.find("/__MACOSX/") != std::string_view::npos;
  return is_in_macosx || name.starts_with("._") || name == ".DS_Store";
}

}  // namespace

MemberRole role_of(std::string_view path) {
  if (is_debris(path)) return MemberRole::debris;
  if (audio::is_audio_name(path)) return MemberRole::audio;
  std::string name = lower_case(file_name_of(path));
  if (name.ends_with(".txt")) name.resize(name.size() - 4);
  if (name == "readme") return MemberRole::readme;
  if (name == "prompts") return MemberRole::prompts;
  if (name == "prompts-original") return MemberRole::prompts_original;
  return MemberRole::other;
}

std::string_view stem_of(std::string_view path) {
  const std::string_view name = file_name_of(path);
  return name.substr(0, name.find_last_of('.'));
}

void LabelCollector::add(MemberRole role, const std::string& path, std::span<const std::byte> content) {
  const std::string lower = lower_case(path);
  const bool is_in_etc = lower.starts_with("etc/") || lower.find("/etc/") != std::string::npos;
  Rank rank{!is_in_etc, std::count(path.begin(), path.end(), '/'), path};
  const auto best = best_.find(role);
  // A path that comes again replaces what it had, as it would when unpacked.
  if (best != best_.end() && best->second < rank) return;
  best_.insert_or_assign(role, std::move(rank));
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  if (role == MemberRole::readme) labels_ = corpus::parse_readme(text);
  if (role == MemberRole::prompts) prompts_ = corpus::parse_prompts(text);
  if (role == MemberRole::prompts_original) prompts_original_ = corpus::parse_prompts(text);
}

std::optional<std::string> LabelCollector::prompt_of(std::string_view stem) const {
  for (const auto* prompts : {&prompts_, &prompts_original_}) {
    const auto found = prompts->find(std::string(stem));
    if (found != prompts->end()) return found->second;
  }
  return std::nullopt;
}

std::vector<std::string> utterance_ids(const std::string& archive, const std::vector<std::string>& paths) {
  std::map<std::string_view, int64_t> stems;
  for (const std::string& path : paths) ++stems[stem_of(path)];

  std::vector<std::string> ids;
  for (const std::string& path : paths) {
    std::string& id = ids.emplace_back(archive);
    id += '/';
    id += stems[stem_of(path)] == 1 ? stem_of(path) : file_name_of(path);
  }
  // A number makes the rest unique; it must not make an id that another member has by its name.
  const std::set<std::string> by_name(ids.begin(), ids.end());
  std::map<std::string, int64_t> seen;
  std::set<std::string> numbered;
  for (std::string& id : ids) {
    int64_t& number = seen[id];
    if (++number == 1) continue;
    std::string candidate = id + "_" + std::to_string(number);
    while (by_name.contains(candidate) || numbered.contains(candidate)) candidate = id + "_" + std::to_string(++number);
    numbered.insert(candidate);
    id = std::move(candidate);
  }
  return ids;
}

}  // namespace voxlake::pipeline
