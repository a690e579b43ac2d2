#include "config/own_set.h"

#include <algorithm>

namespace voxlake::config {
namespace {

bool is_name(const std::string& text) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 64 && text[0] != '-' && std::all_of(text.begin(), text.end(), is_plain);
}

Status take_rate(const Node& node, OwnSet& set) {
  const auto* rate = node.as<int64_t>();
  if (rate == nullptr || *rate < lowest_rate || *rate > highest_rate) {
    return failure(ErrorKind::invalid_argument, "the rate of the feature set `" + set.name + "` (" + node.place + ") is not one of speech",
                   "give a whole number of Hz from " + std::to_string(lowest_rate) + " to " + std::to_string(highest_rate));
  }
  set.rate = *rate;
  return {};
}

}  // namespace

Result<std::vector<OwnSet>> read_own_sets(const Node& sets) {
  const auto* tables = sets.as<Node::Table>();
  if (tables == nullptr) {
    return failure(ErrorKind::invalid_argument, "`features.sets` in " + sets.place + " is not a table",
                   "write a feature set as a table [features.sets.NAME]");
  }
  std::vector<OwnSet> found;
  for (const auto& [name, node] : *tables) {
    if (!is_name(name)) {
      return failure(ErrorKind::invalid_argument, "a feature set cannot be named `" + name + "` (" + node.place + ")",
                     "the name becomes a folder's: take small letters, digits, - and _, at most 64");
    }
    const auto* fields = node.as<Node::Table>();
    if (fields == nullptr) {
      return failure(ErrorKind::invalid_argument, "the feature set `" + name + "` (" + node.place + ") is not a table",
                     "write it as a table [features.sets." + name + "]");
    }
    OwnSet set;
    set.name = name;
    set.place = node.place;
    for (const auto& [key, value] : *fields) {
      if (key == "rate") {
        VOXLAKE_TRY(take_rate(value, set));
      } else {
        set.fields.emplace_back(key, value);
      }
    }
    found.push_back(std::move(set));
  }
  return found;
}

}  // namespace voxlake::config
