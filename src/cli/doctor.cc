#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/risks.h"
#include "features/feature_set.h"
#include "net/curl.h"
#include "net/download.h"
#include "net/mask.h"
#include "pipeline/azure_access.h"
#include "pipeline/context.h"
#include "pipeline/discover_stage.h"
#include "pipeline/feature_sets.h"
#include "warehouse/duckdb.h"

namespace voxlake::cli {
namespace {

/// What the doctor found of one thing.
struct Finding {
  enum class Kind { good, risky, bad } kind;
  std::string what;
  std::string remedy;
};

Finding good(std::string what) {
  return {Finding::Kind::good, std::move(what), ""};
}
Finding risky(std::string what, std::string remedy) {
  return {Finding::Kind::risky, std::move(what), std::move(remedy)};
}
Finding bad(std::string what, std::string remedy) {
  return {Finding::Kind::bad, std::move(what), std::move(remedy)};
}

/// Writes a small file into a lake on Azure, and removes it.
Finding check_azure_lake(const config::Settings& settings) {
  const auto storage = pipeline::open_lake(settings);
  if (!storage) return bad(storage.error().message, storage.error().remedy);
  const std::string probe = "voxlake-doctor-" + std::to_string(getpid());
  const Status put = (*storage)->put(probe, "");
  if (!put) return bad(put.error().message, put.error().remedy);
  const Status removed = (*storage)->remove(probe);
  if (!removed) return bad(removed.error().message, removed.error().remedy);
  return good("the lake " + settings.lake + " can be written");
}

Finding check_lake_is_writable(const std::string& lake) {
  const std::string folder = lake.rfind("file://", 0) == 0 ? lake.substr(7) : lake;
  std::error_code error;
  std::filesystem::path at = std::filesystem::absolute(folder, error);
  while (!std::filesystem::exists(at, error) && at.has_parent_path() && at != at.parent_path()) at = at.parent_path();
  if (!std::filesystem::is_directory(at, error))
    return bad("the lake's path " + lake + " goes through something that is not a folder", "choose another with --lake");
  if (access(at.c_str(), W_OK) != 0)
    return bad("the lake " + lake + " cannot be written", "choose another with --lake, or change its owner");
  return good("the lake " + lake + " can be written");
}

Finding check_disk(const std::string& lake) {
  const std::string folder = lake.rfind("file://", 0) == 0 ? lake.substr(7) : lake;
  std::error_code error;
  std::filesystem::path at = std::filesystem::absolute(folder, error);
  while (!std::filesystem::exists(at, error) && at != at.parent_path()) at = at.parent_path();
  const auto space = std::filesystem::space(at, error);
  if (error) return risky("cannot tell how much disk is free", "check it by hand");
  const std::string text = byte_text(static_cast<double>(space.available)) + " of disk are free";
  constexpr uintmax_t whole_voxforge = 60'000'000'000;
  if (space.available < 1'000'000'000) return bad(text, "free some: even a small corpus needs a gigabyte");
  if (space.available < whole_voxforge) return risky(text, "all of VoxForge needs about 60 GB; a part of it (--limit) needs less");
  return good(text);
}

Finding check_open_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::string text = std::to_string(limit.rlim_cur) + " files may be open at once";
  return limit.rlim_cur >= 256 ? good(text) : risky(text, "raise it with `ulimit -n 1024`");
}

Finding check_duckdb() {
  const auto loaded = warehouse::duckdb_version();
  return loaded ? good("DuckDB " + *loaded + " is there (voxlake sql, publish)") : bad(loaded.error().message, loaded.error().remedy);
}

Finding check_libcurl() {
  const auto loaded = net::load_curl();
  return loaded ? good("libcurl is there (pages, downloads, Azure)") : bad(loaded.error().message, loaded.error().remedy);
}

Finding check_features(const config::Settings& settings) {
  const auto set = pipeline::make_feature_set(settings);
  if (!set) return bad(set.error().message, set.error().remedy);
  return good("feature set " + settings.features_set + " has " + grouped(static_cast<int64_t>((*set)->columns().size())) + " columns");
}

Finding check_corpus(const pipeline::Context& context) {
  const auto rows = pipeline::find_archives(context);
  if (!rows) return bad(rows.error().message, rows.error().remedy);
  return good("the corpus " + net::mask_url(context.settings.corpus) + " publishes " + grouped(static_cast<int64_t>(rows->size())) +
              " archives");
}

}  // namespace

int command_doctor(const Invocation& invocation) {
  const auto resolved = settings_for(invocation);
  if (!resolved) return report_error(resolved.error());
  const config::Settings& settings = resolved->settings;
  const bool on_azure = settings.lake.rfind("abfss://", 0) == 0;
  std::error_code error;
  std::vector<Finding> findings = {good(std::to_string(std::thread::hardware_concurrency()) + " processor cores"),
                                   on_azure ? check_azure_lake(settings) : check_lake_is_writable(settings.lake),
                                   check_disk(on_azure ? std::filesystem::temp_directory_path(error).string() : settings.lake),
                                   check_open_files(),
                                   check_duckdb(),
                                   check_features(settings),
                                   check_libcurl()};
  for (auto& [what, remedy] : find_risks(*resolved, invocation.config_file)) findings.push_back(risky(std::move(what), std::move(remedy)));
  pipeline::SilentObserver observer;
  const bool may_look = findings[1].kind != Finding::Kind::bad && findings[5].kind == Finding::Kind::good;
  if (may_look) {
    const auto context = pipeline::make_context(settings, observer, stop_requested());
    findings.push_back(context ? check_corpus(*context) : bad(context.error().message, context.error().remedy));
  }
  bool ready = true;
  for (const Finding& finding : findings) {
    const char* mark = finding.kind == Finding::Kind::good ? "ok  " : finding.kind == Finding::Kind::risky ? "note" : "BAD ";
    std::printf("%s  %s%s%s\n", mark, finding.what.c_str(), finding.remedy.empty() ? "" : ": ", finding.remedy.c_str());
    ready = ready && finding.kind != Finding::Kind::bad;
  }
  return ready ? exit_done : exit_failed;
}

}  // namespace voxlake::cli
