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

/// Takes a value, or notes where a vault keeps it.
Status take(const Setting& setting, const std::string& text, const Origin& origin, Resolved& resolved) {
  resolved.references.erase(setting.key);
  if (is_reference(text) && !setting.secret) {
    resolved.references[setting.key] = text;
  } else {
    VOXLAKE_TRY(assign(setting, text, origin, resolved.settings));
  }
  resolved.origins[setting.key] = origin;
  return {};
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
    VOXLAKE_TRY(take(*setting, text, origin, resolved));
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
      VOXLAKE_TRY(take(setting, text, origin, resolved));
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
  if (settings.lake.empty())
    return failure(ErrorKind::invalid_argument, "lake is empty", "name a folder, or abfss://ACCOUNT.dfs.core.windows.net, with --lake");
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
  std::error_code error;
  if (file) {
    VOXLAKE_TRY(apply_file(*file, resolved));
  } else if (const auto found = std::filesystem::status("voxlake.toml", error).type();
             found != std::filesystem::file_type::not_found && error != std::errc::permission_denied) {
    // (Where this user may not search the working folder, nobody can tell whether there is one.)
    VOXLAKE_TRY(apply_file("voxlake.toml", resolved));
  }
  VOXLAKE_TRY(apply_environment(environment, resolved));
  for (const auto& [key, text] : flags) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr) return failure(ErrorKind::internal, "flag for unknown setting " + key);
    const Origin origin{"flag", setting->flag()};
    if (setting->secret && !is_reference(text)) {
      return failure(ErrorKind::invalid_argument, setting->flag() + " is refused: other processes can read a command line",
                     "set " + setting->environment() + ", or `" + key + "` in voxlake.toml, or name a Key Vault: keyvault://VAULT/NAME");
    }
    VOXLAKE_TRY(take(*setting, text, origin, resolved));
  }
  if (resolved.references.empty()) VOXLAKE_TRY(check_together(resolved.settings));
  return resolved;
}

Status resolve_references(Resolved& resolved, const std::function<Result<std::string>(const std::string& reference)>& read) {
  if (resolved.references.empty()) return {};
  for (const auto& [key, reference] : resolved.references) {
    VOXLAKE_ASSIGN(const std::string text, read(reference));
    if (!assign(*find_setting(key), text, {"vault", reference}, resolved.settings)) {
      return failure(ErrorKind::invalid_argument, "what " + reference + " holds is no value for " + key,
                     "`voxlake explain` says what it may be");
    }
  }
  resolved.references.clear();
  return check_together(resolved.settings);
}

}  // namespace voxlake::config
