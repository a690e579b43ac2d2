#include "cli/hygiene.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "net/mask.h"

namespace voxlake::cli {
namespace {

bool has_secret(const std::string& text) {
  return text.find("://") != std::string::npos && net::mask_url(text) != text;
}

void write_no_core_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

/// Only what needs no memory.
void say(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

[[noreturn]] void on_terminate() {
  try {
    if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    say("voxlake: there is not enough memory; free some, raise the limit, or use fewer --threads; run the same command again\n");
    _exit(1);
  } catch (const std::system_error& error) {
    say("voxlake: the system refused: ");
    say(error.what());
    say(" (a limit on threads, files or memory?); run the same command again\n");
    _exit(1);
  } catch (...) {
    // A mistake of ours: an abort, with the core file that may tell of it.
  }
  std::abort();
}

}  // namespace

void use_safe_modes() {
  const mode_t given = umask(077);
  umask(given | S_IWOTH);
}

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  bool any = environment_has_secret();
  for (int i = 1; i < argc; ++i) {
    const std::string& text = arguments[static_cast<size_t>(i)];
    if (!has_secret(text)) continue;
    any = true;
    // The mask may be longer or shorter than what it hides: cut, or filled up.
    std::string masked = net::mask_url(text);
    masked.resize(text.size(), ' ');
    std::copy(masked.begin(), masked.end(), argv[i]);
  }
  if (any) write_no_core_files();
  return arguments;
}

bool environment_has_secret() {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    if (equals + 1 >= text.size()) continue;
    for (const char* word : {"SECRET", "PASSWORD", "TOKEN", "SAS", "ACCOUNT_KEY", "CONNECTION_STRING"}) {
      if (name.find(word) != std::string_view::npos) return true;
    }
    if (has_secret(std::string(text.substr(equals + 1)))) return true;
  }
  return false;
}

void end_well_without_memory() {
  std::set_terminate(on_terminate);
}

}  // namespace voxlake::cli
