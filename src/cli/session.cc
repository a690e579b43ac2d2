#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/commands.h"
#include "cli/console.h"
#include "pipeline/azure_access.h"
#include "pipeline/context.h"
#include "pipeline/discover_stage.h"

namespace voxlake::cli {

Result<config::Resolved> settings_as_written(const Invocation& invocation) {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return config::resolve(invocation.config_file, environment, invocation.flags);
}

Result<config::Resolved> settings_for(const Invocation& invocation) {
  VOXLAKE_ASSIGN(auto resolved, settings_as_written(invocation));
  const config::Settings written = resolved.settings;
  VOXLAKE_TRY(config::resolve_references(resolved, [&](const std::string& reference) -> Result<std::string> {
    VOXLAKE_ASSIGN(const azure::Secret secret, pipeline::read_vault(written, reference));
    return secret.reveal();
  }));
  return resolved;
}

std::unique_ptr<pipeline::Observer> make_observer(const config::Settings& settings, bool quiet) {
  if (settings.log == "json") return std::make_unique<JsonObserver>();
  return std::make_unique<ConsoleObserver>(isatty(STDERR_FILENO) != 0, quiet);
}

Status take_corpus_of_lake(const config::Resolved& resolved, pipeline::Context& context) {
  if (resolved.origins.count("corpus") > 0 || resolved.origins.count("name") > 0) return {};
  VOXLAKE_ASSIGN(const auto corpus, pipeline::manifest_corpus(context));
  if (!corpus) return {};
  context.corpus = corpus->name;
  context.settings.corpus = corpus->address;
  return {};
}

int report_error(const Error& error) {
  if (error.kind == ErrorKind::cancelled) {
    std::fprintf(stderr, "voxlake: interrupted; run the same command again and it goes on where it stopped\n");
    return exit_interrupted;
  }
  std::fprintf(stderr, "voxlake: %s\n", error.to_string().c_str());
  return error.kind == ErrorKind::invalid_argument ? exit_usage : exit_failed;
}

int status_of_output(int status) {
  errno = 0;
  const bool failed = std::ferror(stdout) != 0;
  if (std::fflush(stdout) == 0 && !failed) return status;
  const int code = errno;
  pollfd output{STDOUT_FILENO, 0, 0};
  const bool reader_has_left = ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
  if (reader_has_left || (status != exit_done && status != exit_refused)) return status;
  return report_error({ErrorKind::io,
                       "what was printed could not be written" + (code == 0 ? "" : ": " + std::generic_category().message(code)),
                       "make room where it goes",
                       {}});
}

}  // namespace voxlake::cli
