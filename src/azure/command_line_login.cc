// Tokens of whoever has signed in to the Azure CLI on this machine.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "azure/credential.h"
#include "azure/token_answer.h"

namespace voxlake::azure {
namespace {

constexpr std::chrono::seconds longest_run{60};

struct Output {
  Secret text;
  std::string errors;
  int status = -1;
  bool timed_out = false;
};

/// The program of that name on the path; empty where there is none.
std::string program_on_path(const std::string& name, const std::string& path) {
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::string file = path.substr(start, end - start) + "/" + name;
    if (end > start && ::access(file.c_str(), X_OK) == 0) return file;
    start = end + 1;
  }
  return {};
}

/// Secrets of ours are not for a child.
bool is_for_child(const std::string& name) {
  return !name.starts_with("VOXLAKE_") && name != "AZURE_CLIENT_SECRET" && name != "AZURE_STORAGE_KEY" &&
         name != "AZURE_STORAGE_SAS_TOKEN" && name != "IDENTITY_HEADER";
}

/// A pipe that closes itself.
struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
  }
  ~Pipe() {
    for (int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  void close_write_end() {
    ::close(ends[1]);
    ends[1] = -1;
  }
};

Result<pid_t> start(const std::vector<std::string>& arguments, const std::vector<std::string>& environment, const Pipe& out,
                    const Pipe& errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.ends[1], STDERR_FILENO);
  // A group of its own: `az` is a script that starts Python, and both must go when it takes too long.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> words, variables;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  words.push_back(nullptr);
  variables.push_back(nullptr);
  pid_t child = -1;
  const int code = ::posix_spawn(&child, words[0], &actions, &attributes, words.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) return failure(ErrorKind::io, "cannot start " + arguments[0] + ": " + std::strerror(code));
  return child;
}

/// Reads both pipes to their ends, or until the time is up.
bool read_both(const Pipe& out, const Pipe& errors, std::string& text, std::string& error_text) {
  const auto deadline = std::chrono::steady_clock::now() + longest_run;
  pollfd waiting[2] = {{out.ends[0], POLLIN, 0}, {errors.ends[0], POLLIN, 0}};
  std::string* texts[2] = {&text, &error_text};
  char buffer[4096];
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    if (::poll(waiting, 2, static_cast<int>(left)) < 0 && errno != EINTR) return false;
    for (int i = 0; i < 2; ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const ssize_t count = ::read(waiting[i].fd, buffer, sizeof buffer);
      if (count <= 0) {
        waiting[i].fd = -1;  // poll leaves it out
      } else if (texts[i]->size() < (size_t{1} << 20)) {
        texts[i]->append(buffer, static_cast<size_t>(count));
      }
    }
  }
  return true;
}

Result<Output> run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  Pipe out, errors;
  if (out.ends[0] < 0 || errors.ends[0] < 0) return failure(ErrorKind::io, "cannot make a pipe: " + std::string(std::strerror(errno)));
  VOXLAKE_ASSIGN(const pid_t child, start(arguments, environment, out, errors));
  out.close_write_end();
  errors.close_write_end();
  Output output;
  std::string text;
  output.timed_out = !read_both(out, errors, text, output.errors);
  output.text = Secret(std::move(text));
  if (output.timed_out) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

/// `expiresOn` of older versions: local time, "2023-11-04 15:34:48.000000".
std::optional<int64_t> local_seconds(const std::string& text) {
  std::tm local{};
  if (::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &local) == nullptr) return std::nullopt;
  local.tm_isdst = -1;
  return static_cast<int64_t>(std::mktime(&local));
}

Result<AccessToken> token_of_output(const std::string& text, const std::string& doing) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto found = json.is_object() ? json.find("accessToken") : json.end();
  if (found == json.end() || !found->is_string()) return failure(ErrorKind::network, doing + ": its answer holds no token");
  AccessToken token;
  token.text = Secret(std::move(found->get_ref<std::string&>()));
  std::optional<int64_t> seconds;
  if (json.contains("expires_on") && json["expires_on"].is_number_integer()) {
    seconds = json["expires_on"].get<int64_t>();
  } else if (json.contains("expiresOn") && json["expiresOn"].is_string()) {
    seconds = local_seconds(json["expiresOn"].get<std::string>());
  }
  if (!seconds) return failure(ErrorKind::network, doing + ": its answer does not say how long the token lasts");
  token.expires = std::chrono::system_clock::time_point(std::chrono::seconds(*seconds));
  return token;
}

class CommandLineLogin final : public Credential {
 public:
  explicit CommandLineLogin(const Options& options) : path_(options.variable("PATH")), tenant_(options.tenant_id) {
    for (const auto& [name, value] : options.environment) {
      if (is_for_child(name)) environment_.push_back(name + "=" + value);
    }
  }

  std::string name() const override { return "Azure CLI"; }

  Fetched fetch(const std::string& resource) override {
    const std::string program = program_on_path("az", path_);
    if (program.empty()) return Absent{"there is no `az` on the PATH"};
    std::vector<std::string> arguments = {program, "account", "get-access-token", "--resource", resource, "-o", "json"};
    if (!tenant_.empty()) arguments.insert(arguments.end(), {"--tenant", tenant_});
    const std::string doing = "cannot get a token from the Azure CLI";
    VOXLAKE_ASSIGN(const Output output, run(arguments, environment_));
    if (output.timed_out) return failure(ErrorKind::network, doing + ": it took longer than a minute", "run `az account get-access-token`");
    if (output.status != 0) {
      const bool not_signed_in = output.errors.find("az login") != std::string::npos;
      if (not_signed_in) return Absent{"nobody has signed in with `az login`"};
      return failure(ErrorKind::network, doing + ": it ended with status " + std::to_string(output.status),
                     "see what `az account get-access-token --resource " + resource + "` says");
    }
    VOXLAKE_ASSIGN(AccessToken token, token_of_output(output.text.reveal(), doing));
    return token;
  }

 private:
  std::string path_, tenant_;
  std::vector<std::string> environment_;
};

}  // namespace

std::unique_ptr<Credential> command_line_login(const Options& options) {
  return std::make_unique<CommandLineLogin>(options);
}

}  // namespace voxlake::azure
