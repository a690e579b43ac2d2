#include <cmath>
#include <filesystem>

#include "config/settings.h"
#include "config/settings_file.h"

namespace voxlake::config {

namespace {

const Setting* find_setting(const std::string& key) {
  for (const Setting& setting : all_settings()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

Status unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return failure(ErrorKind::invalid_argument, "unknown " + what + " `" + word + "`",
                 near.empty() ? "`voxlake explain` lists every setting" : "did you mean `" + near + "`?");
}

Status apply_values(const std::string& path, SettingsFile file, Resolved& resolved) {
  resolved.settings.own_sets = std::move(file.own_sets);
  for (const auto& [key, text] : file.values) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr) {
      std::vector<std::string> known;
      for (const Setting& each : all_settings()) known.push_back(each.key);
      return unknown("setting in " + path + ":", key, known);
    }
    const Origin origin{"file", path};
    VOXLAKE_TRY(assign(*setting, text, origin, resolved.settings));
    resolved.origins[key] = origin;
  }
  return {};
}

Status apply_file(const std::string& path, Resolved& resolved) {
  VOXLAKE_ASSIGN(auto file, read_settings_file(path));
  return apply_values(path, std::move(file), resolved);
}

Status apply_environment(const std::map<std::string, std::string>& environment, Resolved& resolved) {
  std::vector<std::string> known;
  for (const Setting& setting : all_settings()) known.push_back(setting.environment());
  for (const auto& [name, text] : environment) {
    if (name.rfind("VOXLAKE_", 0) != 0) continue;
    bool found = false;
    for (const Setting& setting : all_settings()) {
      if (setting.environment() != name) continue;
      const Origin origin{"environment", name};
      VOXLAKE_TRY(assign(setting, text, origin, resolved.settings));
      resolved.origins[setting.key] = origin;
      found = true;
    }
    if (!found) return unknown("environment variable", name, known);
  }
  return {};
}

Status check_together(const Settings& settings) {
  const double sum = settings.train_share + settings.validation_share + settings.test_share;
  if (std::abs(sum - 1.0) > 1e-9) {
    return failure(ErrorKind::invalid_argument,
                   "split.train, split.validation and split.test sum to " + std::to_string(sum) + ", not to 1");
  }
  if (settings.lake.empty()) return failure(ErrorKind::invalid_argument, "lake is empty", "name a folder with --lake");
  if (settings.corpus.empty()) return failure(ErrorKind::invalid_argument, "corpus is empty", "name a URL or a folder with --corpus");
  return {};
}

}  // namespace

Result<Resolved> resolve_text(const std::string& text, const std::string& path) {
  Resolved resolved;
  VOXLAKE_ASSIGN(auto file, parse_settings(text, path));
  VOXLAKE_TRY(apply_values(path, std::move(file), resolved));
  VOXLAKE_TRY(check_together(resolved.settings));
  return resolved;
}

Result<Resolved> resolve(const std::optional<std::string>& file, const std::map<std::string, std::string>& environment,
                         const std::map<std::string, std::string>& flags) {
  Resolved resolved;
  std::error_code ignored;
  if (file) {
    VOXLAKE_TRY(apply_file(*file, resolved));
  } else if (std::filesystem::exists("voxlake.toml", ignored)) {
    VOXLAKE_TRY(apply_file("voxlake.toml", resolved));
  }
  VOXLAKE_TRY(apply_environment(environment, resolved));
  for (const auto& [key, text] : flags) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr) return failure(ErrorKind::internal, "flag for unknown setting " + key);
    const Origin origin{"flag", setting->flag()};
    VOXLAKE_TRY(assign(*setting, text, origin, resolved.settings));
    resolved.origins[key] = origin;
  }
  VOXLAKE_TRY(check_together(resolved.settings));
  return resolved;
}

}  // namespace voxlake::config
