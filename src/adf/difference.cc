#include "adf/difference.h"

#include <set>

namespace voxlake::adf {
namespace {

constexpr size_t longest_text = 120;

const std::set<std::string>& added_by_the_service() {
  static const std::set<std::string> keys = {"lastPublishTime", "runtimeState", "encryptedCredential"};
  return keys;
}

bool is_nothing(const Json& value) {
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty());
}

/// A value as the service might give it back: without what is empty or its own.
Json essence(const Json& value) {
  if (value.is_array()) {
    Json copy = Json::array();
    for (const Json& element : value) copy.push_back(essence(element));
    return copy;
  }
  if (!value.is_object()) return value;
  Json copy = Json::object();
  for (const auto& [key, element] : value.items()) {
    if (added_by_the_service().count(key) > 0) continue;
    Json inner = essence(element);
    if (!is_nothing(inner)) copy[key] = std::move(inner);
  }
  return copy;
}

std::string text_of(const Json* value) {
  if (value == nullptr) return "";
  std::string text = value->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= longest_text) return text;
  size_t cut = longest_text;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  return text.substr(0, cut) + "…";
}

/// An activity in a list of activities is told by its name, not by its place.
const Json* named_like(const Json& list, const Json& element) {
  if (!element.is_object() || !element.contains("name")) return nullptr;
  for (const Json& other : list) {
    if (other.is_object() && other.contains("name") && other["name"] == element["name"]) return &other;
  }
  return nullptr;
}

bool has_names(const Json& list) {
  for (const Json& element : list) {
    if (!element.is_object() || !element.contains("name")) return false;
  }
  return !list.empty();
}

class Comparison {
 public:
  void compare(const std::string& path, const Json* deployed, const Json* wanted) {
    if (deployed != nullptr && wanted != nullptr) {
      if (*deployed == *wanted) return;
      if (deployed->is_object() && wanted->is_object()) return compare_objects(path, *deployed, *wanted);
      if (deployed->is_array() && wanted->is_array()) return compare_lists(path, *deployed, *wanted);
    }
    found_.push_back({path, text_of(deployed), text_of(wanted)});
  }
  std::vector<Difference> take() { return std::move(found_); }

 private:
  void compare_objects(const std::string& path, const Json& deployed, const Json& wanted) {
    const auto at = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
    const auto member = [](const Json& object, const std::string& key) { return object.contains(key) ? &object[key] : nullptr; };
    for (const auto& [key, value] : wanted.items()) compare(at(key), member(deployed, key), &value);
    for (const auto& [key, value] : deployed.items()) {
      if (!wanted.contains(key)) compare(at(key), &value, nullptr);
    }
  }

  void compare_lists(const std::string& path, const Json& deployed, const Json& wanted) {
    const size_t before = found_.size();
    if (has_names(deployed) && has_names(wanted)) {
      const auto at = [&](const Json& element) { return path + "[" + element["name"].dump() + "]"; };
      for (const Json& element : wanted) compare(at(element), named_like(deployed, element), &element);
      for (const Json& element : deployed) {
        if (named_like(wanted, element) == nullptr) compare(at(element), &element, nullptr);
      }
    } else {
      for (size_t i = 0; i < std::max(deployed.size(), wanted.size()); ++i) {
        compare(path + "[" + std::to_string(i) + "]", i < deployed.size() ? &deployed[i] : nullptr,
                i < wanted.size() ? &wanted[i] : nullptr);
      }
    }
    if (found_.size() == before) found_.push_back({path, "another order", ""});
  }

  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> differences(const Json& wanted, const Json& deployed) {
  // Objects that keep the order of their members are equal only in the same order: compared key by key above, and here without order.
  const nlohmann::json a = nlohmann::json::parse(essence(wanted).dump(-1, ' ', false, Json::error_handler_t::replace));
  const nlohmann::json b = nlohmann::json::parse(essence(deployed).dump(-1, ' ', false, Json::error_handler_t::replace));
  if (a == b) return {};
  const Json sorted_wanted = Json::parse(a.dump());
  const Json sorted_deployed = Json::parse(b.dump());
  Comparison comparison;
  comparison.compare("", &sorted_deployed, &sorted_wanted);
  return comparison.take();
}

}  // namespace voxlake::adf
