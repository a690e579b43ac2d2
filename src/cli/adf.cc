#include <cstdio>
#include <filesystem>
#include <fstream>

#include "adf/export.h"
#include "adf/factory_options.h"
#include "cli/commands.h"
#include "pipeline/context.h"

namespace voxlake::cli {
namespace {

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) return failure(ErrorKind::io, "cannot write " + path.string(), "check the path given with --output");
  return {};
}

Result<std::vector<adf::Resource>> resources_for(const Invocation& invocation) {
  VOXLAKE_ASSIGN(const config::Resolved resolved, settings_for(invocation));
  VOXLAKE_ASSIGN(const adf::FactoryOptions options, adf::factory_options(resolved.settings, pipeline::corpus_name(resolved.settings)));
  return adf::make_resources(options);
}

Status export_resources(const Invocation& invocation, const std::string& folder) {
  VOXLAKE_ASSIGN(const auto resources, resources_for(invocation));
  const std::filesystem::path root(folder);
  VOXLAKE_TRY(write_file(root / "template.json", adf::arm_template(resources).dump(2) + "\n"));
  for (const auto& [path, text] : adf::git_folder(resources)) VOXLAKE_TRY(write_file(root / "git" / path, text));
  std::printf("%zu resources: %s for `az deployment group create`, %s for a factory in Git mode\n", resources.size(),
              (root / "template.json").c_str(), (root / "git").c_str());
  return {};
}

}  // namespace

int command_adf_export(const Invocation& invocation, const std::string& folder) {
  const Status written = export_resources(invocation, folder);
  return written ? exit_done : report_error(written.error());
}

}  // namespace voxlake::cli
