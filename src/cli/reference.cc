#include "features/reference.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"

namespace voxlake::cli {
namespace {

std::string bounds_text(const config::Setting& setting) {
  if (!setting.choices.empty()) {
    std::string text;
    for (const auto& choice : setting.choices) text += (text.empty() ? "`" : ", `") + choice + "`";
    return text;
  }
  if (setting.least == setting.most) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%g to %g", setting.least, setting.most);
  return text;
}

std::string settings_page() {
  std::string page =
      "# Settings\n\nWritten by `voxlake reference`. A flag wins over a variable, a variable over `voxlake.toml`.\n\n"
      "| key | default | may be | what it is | flag | variable |\n|---|---|---|---|---|---|\n";
  const config::Settings defaults;
  for (const auto& setting : config::all_settings()) {
    page += "| `" + setting.key + "` | `" + config::value_text(setting, defaults) + "` | " + bounds_text(setting) + " | " + setting.help +
            " | `" + setting.flag() + "` | `" + setting.environment() + "` |\n";
  }
  return page;
}

}  // namespace

int command_reference(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& [name, text] :
       {std::pair<std::string, std::string>{"settings.md", settings_page()}, {"features.md", features::features_reference()}}) {
    std::ofstream page(folder + "/" + name);
    page << text;
    if (!page.flush()) return report_error({ErrorKind::io, "cannot write to " + folder, "check the path given with --output", {}});
  }
  return exit_done;
}

}  // namespace voxlake::cli
